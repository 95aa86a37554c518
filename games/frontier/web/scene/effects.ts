import { BitmapText, type Container, Sprite } from 'pixi.js'
import type { Atlas } from '../art/atlas.ts'
import type { Camera } from './camera.ts'
import { numberFont } from './labels.ts'
import { dress, stretch } from './sprites.ts'

const particlesMax = 420
const numbersMax = 48
const slashesMax = 32

interface Particle {
  readonly sprite: Sprite
  x: number
  y: number
  /** Height over the ground. */
  z: number
  vx: number
  vy: number
  vz: number
  gravity: number
  age: number
  life: number
  size: number
  grow: number
}

interface FloatingNumber {
  readonly text: BitmapText
  x: number
  y: number
  drift: number
  age: number
  size: number
}

interface Slash {
  readonly sprite: Sprite
  age: number
  size: number
}

/** What a burst is made of. */
export interface Burst {
  readonly picture: 'dot' | 'puff' | 'petal' | 'light' | 'ring'
  readonly tints: readonly number[]
  readonly count: number
  readonly speed: number
  readonly rise: number
  readonly gravity: number
  readonly life: number
  readonly size: number
  /** Change of size per second. */
  readonly grow?: number
  readonly glowing?: boolean
}

/** Particles, floating numbers and the arcs of strikes: all from pools made once. */
export class Effects {
  readonly #atlas: Atlas
  readonly #camera: Camera
  readonly #particles: Particle[] = []
  readonly #numbers: FloatingNumber[] = []
  readonly #slashes: Slash[] = []
  #nextParticle = 0
  #nextNumber = 0
  #nextSlash = 0

  constructor(atlas: Atlas, camera: Camera, over: Container, labels: Container) {
    this.#atlas = atlas
    this.#camera = camera
    const still = { x: 0, y: 0, z: 0, vx: 0, vy: 0, vz: 0, gravity: 0, size: 1, grow: 0 }
    for (let index = 0; index < slashesMax; index += 1) {
      const sprite = over.addChild(new Sprite())
      dress(sprite, atlas, 'slash')
      sprite.visible = false
      this.#slashes.push({ sprite, age: 9, size: 1 })
    }
    for (let index = 0; index < particlesMax; index += 1) {
      const sprite = over.addChild(new Sprite())
      sprite.visible = false
      this.#particles.push({ sprite, ...still, age: 1, life: 0 })
    }
    for (let index = 0; index < numbersMax; index += 1) {
      const text = new BitmapText({ text: '', style: { fontFamily: numberFont, fontSize: 24 } })
      text.anchor.set(0.5)
      text.visible = false
      labels.addChild(text)
      this.#numbers.push({ text, x: 0, y: 0, drift: 0, age: 9, size: 1 })
    }
  }

  burst(x: number, y: number, z: number, burst: Burst): void {
    if (!this.#camera.sees(x, y, 3)) return
    for (let index = 0; index < burst.count; index += 1) {
      const particle = this.#particles[this.#nextParticle] as Particle
      this.#nextParticle = (this.#nextParticle + 1) % particlesMax
      const angle = Math.random() * Math.PI * 2
      const speed = burst.speed * (0.4 + Math.random() * 0.6)
      particle.x = x
      particle.y = y
      particle.z = z
      particle.vx = Math.cos(angle) * speed
      particle.vy = Math.sin(angle) * speed * 0.6
      particle.vz = burst.rise * (0.5 + Math.random() * 0.5)
      particle.gravity = burst.gravity
      particle.age = 0
      particle.life = burst.life * (0.7 + Math.random() * 0.3)
      particle.size = burst.size * (0.6 + Math.random() * 0.4)
      particle.grow = burst.grow ?? 0
      const { sprite } = particle
      dress(sprite, this.#atlas, burst.picture)
      sprite.tint = burst.tints[Math.floor(Math.random() * burst.tints.length)] ?? 0xffffff
      sprite.blendMode = burst.glowing ? 'add' : 'normal'
      sprite.rotation = angle
      sprite.visible = true
    }
  }

  number(x: number, y: number, text: string, tint: number, size: number): void {
    if (!this.#camera.sees(x, y, 2)) return
    const number = this.#numbers[this.#nextNumber] as FloatingNumber
    this.#nextNumber = (this.#nextNumber + 1) % numbersMax
    number.x = x + (Math.random() - 0.5) * 0.5
    number.y = y
    number.drift = (Math.random() - 0.5) * 0.8
    number.age = 0
    number.size = size
    number.text.text = text
    number.text.tint = tint
    number.text.visible = true
  }

  slash(x: number, y: number, facing: number, reach: number): void {
    if (!this.#camera.sees(x, y, 3)) return
    const slash = this.#slashes[this.#nextSlash] as Slash
    this.#nextSlash = (this.#nextSlash + 1) % slashesMax
    slash.age = 0
    slash.size = reach / 1.5
    slash.sprite.position.set(x, y - 0.45)
    slash.sprite.rotation = facing
    slash.sprite.visible = true
  }

  update(seconds: number): void {
    for (const particle of this.#particles)
      if (particle.sprite.visible) this.#fly(particle, seconds)
    for (const number of this.#numbers) if (number.text.visible) this.#float(number, seconds)
    for (const slash of this.#slashes) {
      if (!slash.sprite.visible) continue
      slash.age += seconds
      const part = slash.age / 0.2
      slash.sprite.visible = part < 1
      slash.sprite.alpha = 0.85 * (1 - part) ** 1.4
      const size = slash.size * (0.75 + 0.35 * part)
      stretch(slash.sprite, size, size * (0.55 + 0.5 * Math.min(1, part * 2)))
    }
  }

  #fly(particle: Particle, seconds: number): void {
    const { sprite } = particle
    particle.age += seconds
    if (particle.age >= particle.life) {
      sprite.visible = false
      return
    }
    particle.vz -= particle.gravity * seconds
    particle.x += particle.vx * seconds
    particle.y += particle.vy * seconds
    particle.z = Math.max(0, particle.z + particle.vz * seconds)
    if (particle.z === 0 && particle.gravity > 0) {
      particle.vx *= 0.8
      particle.vy *= 0.8
    }
    const left = 1 - particle.age / particle.life
    const size = (particle.size + particle.grow * particle.age) * (0.35 + 0.65 * left)
    stretch(sprite, size, size)
    sprite.position.set(particle.x, particle.y - particle.z)
    sprite.alpha = Math.min(1, left * 1.8)
  }

  #float(number: FloatingNumber, seconds: number): void {
    const { text } = number
    number.age += seconds
    text.visible = number.age < 0.95
    const { age } = number
    const rise = 1.1 * (1 - (1 - Math.min(1, age / 0.9)) ** 2)
    const pop = age < 0.12 ? 0.6 + (age / 0.12) * 0.7 : 1.3 - Math.min(0.3, (age - 0.12) * 2)
    text.position.set(
      this.#camera.screenX(number.x + number.drift * age),
      this.#camera.screenY(number.y - rise),
    )
    text.scale.set(pop * number.size)
    text.alpha = age < 0.6 ? 1 : 1 - (age - 0.6) / 0.35
  }
}

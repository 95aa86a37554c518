import { Application, Container } from 'pixi.js'
import type { Atlas } from '../art/atlas.ts'
import type { Being, Feed } from '../net/feed.ts'
import { village } from '../shared/rules.ts'
import { Bubbles } from './bubbles.ts'
import { bursts } from './bursts.ts'
import { Camera } from './camera.ts'
import { Campfire } from './campfire.ts'
import { Cast } from './cast.ts'
import { Effects } from './effects.ts'
import { Ground } from './ground.ts'
import { installFonts } from './labels.ts'
import { SceneryLayer } from './scenery-layer.ts'
import { Sky } from './sky.ts'
import { Water } from './water.ts'

/** A frame that took longer than this is drawn as if it had not. */
const frameSecondsMax = 0.1

/** The picture of the world: everything that is drawn, back to front, and the camera. */
export class Stage {
  readonly camera = new Camera()
  readonly bubbles = new Bubbles()
  readonly effects: Effects
  readonly cast: Cast
  readonly #app: Application
  readonly #world = new Container()
  readonly #lights = new Container()
  readonly #ground = new Ground()
  readonly #scenery: SceneryLayer
  readonly #water: Water
  readonly #sky: Sky
  readonly #fire: Campfire
  #elapsed = 0
  #lastMs = 0
  /** Frames per second, smoothed. */
  fps = 60
  /** Everything in view as it was last drawn. */
  beings: readonly Being[] = []

  private constructor(app: Application, atlas: Atlas, hour: number | undefined) {
    this.#app = app
    const scene = new Container({ sortableChildren: true })
    const over = new Container()
    const labels = new Container()
    this.#water = new Water(atlas)
    this.#sky = new Sky(atlas, hour)
    this.#scenery = new SceneryLayer(atlas, scene)
    this.effects = new Effects(atlas, this.camera, over, labels)
    this.cast = new Cast({ atlas, scene, labels, camera: this.camera, effects: this.effects })
    this.#fire = new Campfire(atlas, scene)
    this.#world.addChild(this.#ground.layer, this.#water.layer, scene, over)
    this.#lights.addChild(this.#sky.lights)
    app.stage.addChild(this.#world, this.#sky.shade, this.#lights, labels, this.bubbles.layer)
    app.renderer.on('resize', () => this.#resize())
    this.#resize()
    this.camera.follow(village.x, village.y + 2, 1)
  }

  static async create(host: HTMLElement, atlas: Atlas, hour: number | undefined): Promise<Stage> {
    const app = new Application()
    const resolution = Math.min(2, devicePixelRatio || 1)
    await app.init({
      background: 0x5f9a52,
      resizeTo: window,
      preference: 'webgl',
      antialias: false,
      autoDensity: true,
      autoStart: false,
      resolution,
      eventFeatures: { move: false, globalMove: false, click: false, wheel: false },
    })
    installFonts(resolution)
    host.append(app.canvas)
    return new Stage(app, atlas, hour)
  }

  get canvas(): HTMLCanvasElement {
    return this.#app.canvas
  }

  /** Draws a frame. Without a feed the camera drifts over the village. */
  draw(nowMs: number, feed: Feed | undefined): void {
    const since = (nowMs - this.#lastMs) / 1000
    const seconds = Math.min(frameSecondsMax, Math.max(0.001, since))
    this.#lastMs = nowMs
    this.#elapsed += seconds
    this.fps += (1 / Math.max(0.001, since) - this.fps) * 0.05
    const { camera } = this
    const beings = feed?.view(nowMs) ?? []
    this.beings = beings
    const me = feed === undefined ? undefined : beings.find(({ id }) => id === feed.me)
    if (me !== undefined) camera.follow(me.x, me.y - 0.6, seconds)
    else if (feed === undefined) this.#drift(seconds)
    else camera.follow(camera.x, camera.y, seconds)
    this.#world.scale.set(camera.scale)
    this.#world.position.set(camera.offsetX, camera.offsetY)
    this.#lights.scale.set(camera.scale)
    this.#lights.position.set(camera.offsetX, camera.offsetY)
    this.#ground.update(camera, since > 0.2 ? 4 : 1)
    this.#scenery.update(camera, me?.x ?? -99, me?.y ?? -99, this.#elapsed)
    this.#water.update(camera, seconds)
    this.#fire.update(camera, this.effects, seconds, this.#elapsed)
    this.cast.update(beings, feed?.me ?? 0, seconds)
    this.effects.update(seconds)
    this.bubbles.update(camera, seconds, (who) => this.cast.headOf(who))
    this.#sky.update(camera, Date.now(), seconds, this.#elapsed)
    this.#app.render()
  }

  /** Paints all of the ground in view at once. */
  prepare(): void {
    this.#ground.update(this.camera, 99)
  }

  celebrate(x: number, y: number, why: 'level' | 'heal' | 'arrival'): void {
    this.effects.burst(x, y, 0.6, bursts[why])
  }

  #drift(seconds: number): void {
    const angle = this.#elapsed * 0.05
    const x = village.x + Math.cos(angle) * 7
    const y = village.y + 1 + Math.sin(angle) * 4
    this.camera.follow(x, y, seconds)
  }

  #resize(): void {
    const { width, height } = this.#app.screen
    this.camera.resize(width, height)
    this.#sky.resize(this.camera)
  }
}

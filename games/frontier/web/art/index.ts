import { Atlas } from './atlas.ts'
import { drawBeasts } from './beasts.ts'
import { drawPeople } from './people.ts'
import { drawPlants } from './plants.ts'
import { drawThings } from './things.ts'
import { drawVillage } from './village.ts'
import { drawWeapons } from './weapons.ts'

/** Paints every picture of the game. */
export function paintAll(): Atlas {
  const atlas = new Atlas()
  drawVillage(atlas)
  drawPlants(atlas)
  drawBeasts(atlas)
  drawPeople(atlas)
  drawWeapons(atlas)
  drawThings(atlas)
  atlas.finish()
  return atlas
}

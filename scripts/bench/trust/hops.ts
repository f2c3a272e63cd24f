/** The reference's trust path: 0.8 for each vouch on the shortest way, at most five; 0 without one. */
import type { Method } from './method.ts'
import type { Network, Rating } from './network.ts'

const PER_HOP = 0.8
const HOP_LIMIT = 5

export const hops: Method = {
  name: 'reference 0.8^hops',
  prepare: (network) => ({
    from: (viewer, except) => {
      const distances = distancesFrom(network, viewer, except)
      const quality = (person: number): number => {
        const distance = distances[person] ?? 0
        return person !== viewer && distance === 0 ? 0 : PER_HOP ** distance
      }
      return { quality, rating: quality }
    },
  }),
}

/** Hops to everybody within the limit; 0 for nobody else than the viewer means out of reach. */
function distancesFrom(network: Network, viewer: number, except?: Rating): Uint8Array {
  const distances = new Uint8Array(network.size)
  let ring = [viewer]
  for (let hop = 1; hop <= HOP_LIMIT; hop++) {
    const next: number[] = []
    for (const person of ring) {
      for (const rating of network.givenBy(person)) {
        if (rating.value <= 0 || rating === except) continue
        if (rating.to === viewer || distances[rating.to] !== 0) continue
        distances[rating.to] = hop
        next.push(rating.to)
      }
    }
    ring = next
  }
  return distances
}

/** What a row of the table is: a way to judge people, given who asks. */
import type { Network, Rating } from './network.ts'

export interface Method {
  readonly name: string
  /** Does once what is the same for every viewer. */
  prepare(network: Network): Prepared
}

export interface Prepared {
  /**
   * The view of one person.
   *
   * @param except  A rating by the viewer that the view must not know.
   */
  from(viewer: number, except?: Rating): Viewpoint
}

export interface Viewpoint {
  /** How good a person is, in [0, 1]: the method's own answer, whoever the viewer is. */
  quality(person: number): number
  /** How the viewer would rate a person, in [-1, 1]: with the viewer's habit where it is known. */
  rating(person: number): number
}

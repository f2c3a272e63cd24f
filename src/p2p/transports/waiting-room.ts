/**
 * Where connections wait that have proved nothing yet.
 *
 * libp2p gives each socket a place among the pending ones at once, and refuses whoever comes when all
 * are taken: a few hundred sockets that say nothing keep every honest peer out. Here a connection first
 * has to speak, and whoever comes always finds a place, because another leaves for it: the one that has
 * stood still for longest. Half of the places are kept for those that are well into their handshake, so
 * that a burst of newcomers cannot push them out. An address has few places of its own, and gives up one
 * of those. A peer that means it speaks at once, goes on, and is through in a few round trips.
 */
import type {
  MultiaddrConnection,
  StreamMessageEvent,
  Transport,
  Upgrader,
} from '@libp2p/interface'
import { ipOf, isPrivateAddress, neighbourhoods } from '../addresses.ts'
import {
  CONNECTIONS_PER_IP_LIMIT,
  INBOUND_FIRST_BYTE_TIMEOUT_MS,
  PENDING_INBOUND_LIMIT,
} from '../limits.ts'
import type { Preset } from '../gate.ts'

type UpgradeOptions = Parameters<Upgrader['upgradeInbound']>[1]

/** The names of two protocols were agreed on: more than a peer is told that only says hello. */
const ANSWERS_WHEN_WELL_IN = 2

interface Guest {
  /** Whose places it counts in; undefined where an address has no bound. */
  readonly host: string | undefined
  /** How far it is: each step of the handshake is answered. */
  answersCount: number
  readonly turnOut: (reason: Error) => void
}

export class WaitingRoom {
  readonly #preset: Preset
  /** In the order in which they last got further. */
  readonly #guests = new Set<Guest>()

  constructor(preset: Preset) {
    this.#preset = preset
  }

  /** The same transport, whose listeners send through this room whoever connects. */
  before<Waited extends Transport>(transport: Waited): Waited {
    const create = transport.createListener.bind(transport)
    transport.createListener = (options) =>
      create({ ...options, upgrader: this.#upgrader(options.upgrader) })
    return transport
  }

  #upgrader(upgrader: Upgrader): Upgrader {
    const upgradeInbound = async (
      connection: MultiaddrConnection,
      options: UpgradeOptions,
    ): Promise<void> =>
      this.#receive(connection, options.signal, async (signal) =>
        upgrader.upgradeInbound(connection, { ...options, signal }),
      )
    return new Proxy(upgrader, {
      get: (target, name) => {
        if (name === 'upgradeInbound') return upgradeInbound
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  async #receive(
    connection: MultiaddrConnection,
    stopping: AbortSignal,
    upgrade: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const leaving = new AbortController()
    const turnOut = (reason: Error): void => {
      leaving.abort(reason)
      connection.abort(reason)
    }
    const stop = (): void => {
      turnOut(new Error('the host stops'))
    }
    const guest: Guest = { host: this.#hostOf(connection), answersCount: 0, turnOut }
    const send = connection.send.bind(connection)
    connection.send = (data) => {
      this.#gotFurther(guest)
      return send(data)
    }
    this.#makeRoomFor(guest)
    this.#guests.add(guest)
    stopping.addEventListener('abort', stop, { once: true })
    try {
      await untilItSpeaks(connection, leaving.signal)
      await upgrade(leaving.signal)
    } finally {
      stopping.removeEventListener('abort', stop)
      this.#guests.delete(guest)
    }
  }

  #gotFurther(guest: Guest): void {
    guest.answersCount++
    if (this.#guests.delete(guest)) this.#guests.add(guest)
  }

  #makeRoomFor({ host }: Guest): void {
    if (host !== undefined) {
      const neighbours = [...this.#guests].filter((guest) => guest.host === host)
      if (neighbours.length >= CONNECTIONS_PER_IP_LIMIT) this.#turnOutOneOf(neighbours)
    }
    if (this.#guests.size >= PENDING_INBOUND_LIMIT) this.#turnOutOneOf([...this.#guests])
  }

  #turnOutOneOf(guests: readonly Guest[]): void {
    const isWellIn = ({ answersCount }: Guest): boolean => answersCount >= ANSWERS_WHEN_WELL_IN
    const wellIn = guests.filter(isWellIn)
    const isCrowded = wellIn.length > guests.length / 2
    const last = isCrowded ? wellIn[0] : guests.find((guest) => !isWellIn(guest))
    if (last === undefined) return
    this.#guests.delete(last)
    last.turnOut(new Error('its place is needed for a connection that came later'))
  }

  #hostOf({ remoteAddr }: MultiaddrConnection): string | undefined {
    const ip = ipOf(remoteAddr)
    if (ip === undefined || (this.#preset === 'local' && isPrivateAddress(ip))) return undefined
    return neighbourhoods(ip).host
  }
}

/** What it says first is left for whoever reads next. @throws {Error} when it says nothing in time. */
async function untilItSpeaks(connection: MultiaddrConnection, leaving: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const spoken = ({ data }: StreamMessageEvent): void => {
    connection.removeEventListener('message', spoken)
    connection.unshift(data)
    resolve(undefined)
  }
  const left = (): void => {
    reject(new Error('it left before it said anything'))
  }
  const late = setTimeout(() => {
    reject(new Error('it said nothing in time'))
  }, INBOUND_FIRST_BYTE_TIMEOUT_MS)
  connection.addEventListener('message', spoken)
  connection.addEventListener('close', left)
  leaving.addEventListener('abort', left)
  try {
    await promise
  } finally {
    clearTimeout(late)
    connection.removeEventListener('message', spoken)
    connection.removeEventListener('close', left)
    leaving.removeEventListener('abort', left)
  }
}

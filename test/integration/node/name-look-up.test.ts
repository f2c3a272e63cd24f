/** Names looked up at a name server of this test, which answers over UDP on loopback. */
import { createSocket, type Socket } from 'node:dgram'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressesOf } from '../../../src/node/did-web/name-look-up.ts'

const A = 1
const AAAA = 28
let server: Socket
let servers: string[] = []
/** Record type → data of its records; a name that is not here does not exist. */
const ZONE: Readonly<Record<string, Readonly<Record<number, readonly Buffer[]>>>> = {
  'both.example.test': {
    [A]: [Buffer.from([192, 0, 2, 1]), Buffer.from([192, 0, 2, 2])],
    [AAAA]: [Buffer.from('20010db8000000000000000000000001', 'hex')],
  },
  'six.example.test': { [AAAA]: [Buffer.from('20010db8000000000000000000000002', 'hex')] },
}

/** One answer. Source: RFC 1035, section 4.1. */
function answerTo(query: Buffer): Buffer | undefined {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('ascii', at + 1, at + 1 + length))
    at += 1 + length
  }
  const question = query.subarray(12, at + 5)
  const name = labels.join('.')
  if (name === 'silent.example.test') return undefined
  const records = ZONE[name]?.[query.readUInt16BE(at + 1)] ?? []
  const head = Buffer.alloc(12)
  query.copy(head, 0, 0, 2)
  head.writeUInt16BE(ZONE[name] === undefined ? 0x8583 : 0x8580, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(records.length, 6)
  const answers = records.map((data) => {
    const record = Buffer.alloc(12)
    record.writeUInt16BE(0xc00c, 0)
    record.writeUInt16BE(query.readUInt16BE(at + 1), 2)
    record.writeUInt16BE(1, 4)
    record.writeUInt16BE(data.length, 10)
    return Buffer.concat([record, data])
  })
  return Buffer.concat([head, question, ...answers])
}

beforeAll(async () => {
  server = createSocket('udp4', (query, from) => {
    const answer = answerTo(query)
    if (answer !== undefined) server.send(answer, from.port, from.address)
  })
  await new Promise<void>((bound) => {
    server.bind(0, '127.0.0.1', bound)
  })
  servers = [`127.0.0.1:${server.address().port}`]
})
afterAll(() => {
  server.close()
})

const never = new AbortController().signal

describe('the addresses of a name', () => {
  test('are all that it has, IPv4 first', async () => {
    expect(await addressesOf('both.example.test', never, servers)).toEqual([
      { address: '192.0.2.1', family: 4 },
      { address: '192.0.2.2', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ])
    expect(await addressesOf('six.example.test', never, servers)).toEqual([
      { address: '2001:db8::2', family: 6 },
    ])
  })

  test('are refused for a name that does not exist', async () => {
    const asked = addressesOf('none.example.test', never, servers)
    await expect(asked).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })

  test('are not waited for once the signal fires', async () => {
    const asked = addressesOf('silent.example.test', AbortSignal.timeout(100), servers)
    await expect(asked).rejects.toMatchObject({ code: 'ECANCELLED' })
    await expect(addressesOf('both.example.test', AbortSignal.abort(), servers)).rejects.toThrow()
  })
})

import { describe, expect, test } from 'vitest'
import { StoreError, storeErrorOf } from '../../src/store/error.ts'

function thrown(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

describe('what the disk says', () => {
  test.each([
    [
      'store/disk-full',
      thrown('LEVEL_IO_ERROR', 'IO error: /s/000004.log: No space left on device'),
    ],
    ['store/disk-full', thrown('LEVEL_IO_ERROR', 'IO error: /s/4.log: Disk quota exceeded')],
    ['store/disk-full', thrown('ENOSPC', 'ENOSPC: no space left on device, write')],
    ['store/io', thrown('LEVEL_IO_ERROR', 'IO error: /s/000004.log: File too large')],
    ['store/io', thrown('EIO', 'EIO: i/o error, read')],
    ['store/corrupt', thrown('LEVEL_CORRUPTION', 'Corruption: 1 missing files')],
    ['store/corrupt', thrown('LEVEL_IO_ERROR', 'IO error: /s/4.ldb: Invalid argument')],
    ['store/corrupt', thrown('LEVEL_IO_ERROR', 'IO error: /s/4.ldb: No such file or directory')],
    ['store/not-writable', thrown('LEVEL_IO_ERROR', 'IO error: /s/LOCK: Permission denied')],
    ['store/not-writable', thrown('LEVEL_IO_ERROR', 'IO error: /s/LOCK: Read-only file system')],
    ['store/not-writable', thrown('EACCES', 'EACCES: permission denied, mkdir')],
    ['store/not-writable', thrown('EROFS', 'EROFS: read-only file system, open')],
    ['store/locked', thrown('LEVEL_LOCKED', 'IO error: lock /s/LOCK')],
    ['store/closed', thrown('LEVEL_DATABASE_NOT_OPEN', 'Database is not open')],
    ['store/io', new Error('of no known kind')],
  ])('is told as %s', (code, error) => {
    expect(storeErrorOf(error, '/s').fault.code).toBe(code)
    expect(storeErrorOf(error, '/s').cause).toBe(error)
  })

  test('the reason why a database did not open is looked for in its cause', () => {
    const cause = thrown('LEVEL_LOCKED', 'IO error: lock')
    const outer = Object.assign(new Error('Database failed to open', { cause }), {
      code: 'LEVEL_DATABASE_NOT_OPEN',
    })
    expect(storeErrorOf(outer, '/s').fault).toMatchObject({ code: 'store/locked' })
  })

  test('an error of the store stays what it is', () => {
    const error = new StoreError({ code: 'store/closed' })
    expect(storeErrorOf(error, '/s')).toBe(error)
  })

  test('every fault has a sentence', () => {
    const path = '/s'
    const sentences = [
      new StoreError({ code: 'store/locked', path, pid: 7 }),
      new StoreError({ code: 'store/locked', path, pid: undefined }),
      new StoreError({ code: 'store/not-writable', path, reason: 'r' }),
      new StoreError({ code: 'store/corrupt', path, reason: 'r' }),
      new StoreError({ code: 'store/half-written', path, missing: 'database' }),
      new StoreError({ code: 'store/half-written', path, missing: 'store.json', line: '{}' }),
      new StoreError({ code: 'store/newer', found: 2, known: 1 }),
      new StoreError({ code: 'store/other-network', found: 'a', wanted: 'b' }),
      new StoreError({ code: 'store/disk-full', path }),
      new StoreError({ code: 'store/io', path, reason: 'r' }),
      new StoreError({ code: 'store/busy', limit: 1 }),
      new StoreError({ code: 'store/table-full', table: 't', limit: 1 }),
      new StoreError({ code: 'store/row-too-large', table: 't', bytes: 2, limitBytes: 1 }),
      new StoreError({ code: 'store/closed' }),
    ].map(({ message }) => message)
    expect(new Set(sentences).size).toBe(sentences.length)
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Zs].*[.}]$/)
  })
})

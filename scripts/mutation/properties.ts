/**
 * Generated tests while mutants are judged: always the same cases, no search for the smallest one
 * that fails, and an end to each property in time. A mutant that only a longer run would find counts
 * as survived.
 */
import { configureGlobal } from 'fast-check'

const limitMs = process.env['PROPERTY_LIMIT_MS']

configureGlobal({
  seed: 1,
  endOnFailure: true,
  ...(limitMs !== undefined && {
    interruptAfterTimeLimit: Number(limitMs),
    markInterruptAsFailure: false,
  }),
})

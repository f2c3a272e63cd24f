/** Work as a text, to be compared and kept once. */
import type { Work } from '../../records/record.ts'

/** The same for the same work, and for no other. */
export function workText(work: Work): string {
  switch (work.kind) {
    case 'items':
      return JSON.stringify(work.items)
    case 'count':
      return `count ${work.count}`
    case 'time':
      return `time ${work.ms}`
    case 'quality':
      return `quality ${work.value} ${work.measure}`
    case 'uptime':
      return `uptime ${work.ppm} ${work.overMs}`
  }
}

/**
 * The log on standard error: one line an event, as text for people or JSON for programs. Fields that
 * could hold a secret are blanked by name, foreign text is cut and escaped.
 */
import { destination, pino, type Logger as PinoLogger } from 'pino'
import type { LogLine } from '../api/operations/logs.ts'
import type { Logger } from '../base/log.ts'
import { LOG_LEVELS, type LogLevel, LogLevels } from './log-levels.ts'
import { visibleJson, visibleText } from '../base/visible.ts'
import { shortDid } from './text.ts'

export const FIELD_LIMIT_CHARS = 256

const SECRET_NAMES = [
  'authorization',
  'token',
  'secret',
  'seed',
  'key',
  'privateKey',
  'passphrase',
  'password',
]

export interface LoggerOptions {
  readonly format: 'text' | 'json'
  readonly level: LogLevel
  /** Asked in place of the level where they can change. */
  readonly levels?: LogLevels
  /** False under systemd, which stamps the lines itself. */
  readonly stampsTime?: boolean
  /** Told of each line, as it is written. */
  readonly keep?: (line: LogLine) => void
  /** Where lines go; standard error when left out. */
  readonly write?: (line: string) => void
}

export function createLogger(options: LoggerOptions): Logger {
  const { format, level, stampsTime = true } = options
  const levels = options.levels ?? new LogLevels({ level })
  const write = options.write ?? stderrWriter()
  const sink = {
    write: (line: string) => {
      const entry: unknown = JSON.parse(line)
      if (!isFields(entry)) return
      options.keep?.(lineOf(entry))
      write(format === 'json' ? `${visibleJson(entry)}\n` : textLine(entry))
    },
  }
  const root = pino(
    {
      // The levels are asked before, since they change.
      level: 'debug',
      base: null,
      messageKey: 'msg',
      timestamp: stampsTime ? () => `,"ts":"${new Date().toISOString()}"` : false,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]),
        censor: '[redacted]',
      },
    },
    sink,
  )
  return wrapped(root, levels)
}

function wrapped(inner: PinoLogger, levels: LogLevels, component?: string): Logger {
  const at =
    (level: LogLevel): Logger[LogLevel] =>
    (message, fields) => {
      if (levels.allows(component, level)) inner[level](bounded(fields), cut(message))
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (name) => wrapped(inner.child({ component: name }), levels, name),
  }
}

function lineOf(entry: Readonly<Record<string, unknown>>): LogLine {
  const { ts, level, component, msg, ...fields } = entry
  const known = LOG_LEVELS.find((one) => one === level)
  return {
    at: word(ts) || new Date().toISOString(),
    level: known ?? 'info',
    component: word(component) || null,
    message: word(msg),
    fields,
  }
}

function stderrWriter(): (line: string) => void {
  const stderr = destination({ fd: 2, sync: true })
  return (line) => {
    stderr.write(line)
  }
}

function bounded(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => {
    return [name, typeof value === 'string' ? cut(value) : value]
  })
  return Object.fromEntries(entries)
}

function cut(text: string): string {
  return text.length > FIELD_LIMIT_CHARS ? `${text.slice(0, FIELD_LIMIT_CHARS)}…` : text
}

/** `2026-11-23T18:00:00.000Z info  gossip  message  name=value`. */
function textLine(entry: Readonly<Record<string, unknown>>): string {
  const { ts, level, component, msg, ...fields } = entry
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`)
  const words = [ts, word(level).padEnd(5), component, msg, ...rest]
  return `${visibleText(words.map(word).filter(Boolean).join('  '))}\n`
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? shortDid(value) : JSON.stringify(value)
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

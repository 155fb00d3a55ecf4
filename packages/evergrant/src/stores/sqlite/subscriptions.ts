/**
 * Who listens to the file. This process's own writes are told as soon as they are stored. Writes of others are
 * found by asking SQLite for its `data_version`, which costs no read of the file; only while somebody listens.
 */
import type { Seconds } from "../../clock.ts"
import { type ChangeListener, createChangeListeners } from "../../store/change-listeners.ts"
import type { Change } from "../../store/records.ts"
import { readChanges, readLatestChange } from "./changes.ts"
import type { Prepare } from "./connection.ts"
import type { SqliteView, Transaction } from "./view.ts"

/** How many changes are held in memory at once. */
const batchSize = 500

export interface Subscriptions {
  subscribe(listener: ChangeListener): () => void
  /** Tells what was stored since the last time. Never throws: what could not be read is told later. */
  catchUp(): void
  close(): void
}

function readDataVersion({ prepare }: Transaction): unknown {
  return prepare("PRAGMA data_version").get()?.data_version
}

export function createSubscriptions(view: SqliteView, pollInterval: Seconds): Subscriptions {
  const listeners = createChangeListeners()
  let cursor = 0
  /** The connection that the position is from. */
  let source: Prepare | undefined
  /** What was seen last; `undefined` when something may be untold. */
  let dataVersion: unknown
  let timer: NodeJS.Timeout | undefined

  function readNew(): Change[] {
    return view.read((tx) => {
      const latest = readLatestChange(tx)
      // Another file took the place of ours. Its positions say nothing about ours, so all that it has is told.
      if (tx.prepare !== source) cursor = 0
      source = tx.prepare
      dataVersion = readDataVersion(tx)
      return latest > cursor ? readChanges(tx, cursor, batchSize) : []
    })
  }

  function tellNew(): void {
    for (let changes = readNew(); changes.length > 0; changes = readNew()) {
      cursor = changes.at(-1)?.cursor ?? cursor
      listeners.tell(changes)
    }
  }

  function catchUp(): void {
    if (listeners.isEmpty()) return
    try {
      tellNew()
    } catch {
      dataVersion = undefined
    }
  }

  function poll(): void {
    try {
      if (view.read((tx) => tx.prepare === source && readDataVersion(tx) === dataVersion)) return
    } catch {
      // The file cannot be read now; every other call says so. What happened meanwhile is told afterwards.
      dataVersion = undefined
      return
    }
    catchUp()
  }

  function stopWhenUnheard(): void {
    if (!listeners.isEmpty()) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    subscribe(listener) {
      if (listeners.isEmpty()) {
        view.read((tx) => {
          source = tx.prepare
          cursor = readLatestChange(tx)
          dataVersion = readDataVersion(tx)
        })
      } else {
        tellNew()
      }
      const remove = listeners.add(listener)
      timer ??= setInterval(poll, pollInterval * 1000).unref()
      return () => {
        remove()
        stopWhenUnheard()
      }
    },
    catchUp,
    close() {
      clearInterval(timer)
      timer = undefined
    },
  }
}

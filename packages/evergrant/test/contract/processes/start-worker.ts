import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { WorkerTask } from "./worker.ts"

/** A process that waits for its task. */
export interface Worker {
  process: ChildProcess
  /** Gives the task, and resolves to the first thing that the worker sends. Rejects when it fails instead. */
  run(task: WorkerTask): Promise<unknown>
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const failed = once(child, "exit").then(([code]) =>
    Promise.reject(new Error(`the worker ended with ${code}`)),
  )
  const [message] = await Promise.race([once(child, "message"), failed])
  return message
}

/** Starts a process on the store that a URL names. Resolves when it is ready, so that several can be set off at once. */
export async function startWorker(url: string, name: string): Promise<Worker> {
  const child = fork(fileURLToPath(new URL("worker.ts", import.meta.url)), [url, name], { execArgv: [] })
  await nextMessage(child)
  return {
    process: child,
    run(task) {
      const answer = nextMessage(child)
      child.send(task)
      return answer
    },
  }
}

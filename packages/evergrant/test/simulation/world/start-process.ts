/** Starts a process of the application, with a memory of its own, on the ports of the world. */
import { createEvergrant } from "../../../src/evergrant.ts"
import { wake } from "./process-memory.ts"
import { providerPort } from "./provider-port.ts"
import { issuer } from "./rotating-provider.ts"
import { type SimulatedProcess, schedulerOf, type Timer } from "./simulated-process.ts"
import { storePort } from "./store-port.ts"
import { namespace, type World } from "./world.ts"

/** Seconds after which a token request is given up. Shorter than the default, which costs nothing but steps. */
const requestLimit = 20

export function startProcess(world: World): SimulatedProcess {
  const timers: Timer[] = []
  const process = {
    number: world.processes.length,
    state: "running",
    frozenUntil: 0,
    memory: new Map(),
    timers,
    holdings: new Map(),
  } as unknown as SimulatedProcess
  wake(process.memory)
  const store = storePort(world, process)
  const evergrant = createEvergrant({
    store: { kind: "simulated", location: "world", open: () => store },
    namespace,
    secrets: ["a secret of the simulation, not of anybody"],
    providers: (id) =>
      id === "oidc"
        ? { id, issuer, clientId: "application", clientSecret: "secret", requestLimit }
        : undefined,
    events: (event) => world.note(() => `P${process.number} says ${event.type}`),
    surroundings: {
      clock: { now: world.now },
      scheduler: schedulerOf(timers, world.now),
      random: (length) => world.chance.bytes(length),
      fetch: providerPort(world, process),
    },
  })
  process.evergrant = world.planted?.inFacade?.(evergrant) ?? evergrant
  wake(undefined)
  world.processes.push(process)
  return process
}

/**
 * The command line of one server. Java is started directly and not through `bin/kc.sh`, so that the process we
 * know is the server itself and a signal (SIGSTOP in a fault test) reaches it and nothing else.
 */
import { join } from "node:path"
import type { Java } from "./find-java.ts"
import type { Installation } from "./installation.ts"
import type { ServerHome } from "./server-home.ts"

/** What `bin/kc.sh` passes, less the parts that concern containers and debugging. */
const javaOptions = [
  "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
  "-Dpicocli.disable.closures=true",
  "-Dfile.encoding=UTF-8",
  "-Duser.language=en",
  "-Duser.country=US",
  "-Djava.security.egd=file:/dev/urandom",
  "-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
  "-XX:+ExitOnOutOfMemoryError",
  "-XX:MetaspaceSize=96M",
  "-XX:MaxMetaspaceSize=256m",
  "-Xms64m",
  "-Xmx512m",
  "--add-opens=java.base/java.util=ALL-UNNAMED",
  "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
  "--add-opens=java.base/java.security=ALL-UNNAMED",
  "--add-opens=java.base/java.lang=ALL-UNNAMED",
  "--enable-native-access=ALL-UNNAMED",
]

/**
 * A server of a test run lives for minutes. The optimising compiler, left as it is, takes half of a small machine
 * during the start; switched off, making the RSA keys of a realm takes seconds. So it is told to wait until
 * something is really hot: 9 seconds to start instead of 12, and 1.5 for a realm instead of 4 (two cores).
 */
const shortLifeOptions = [
  "-XX:+UseSerialGC",
  "-XX:Tier4InvocationThreshold=50000",
  "-XX:Tier4MinInvocationThreshold=6000",
  "-XX:Tier4CompileThreshold=150000",
]

/** What {@link serverCommand} needs to know. */
export interface ServerCommandOptions {
  readonly java: Java
  readonly installation: Installation
  readonly home: ServerHome
  readonly port: number
  /** Whether the class archive is written at the end of this run, or used if it fits. */
  readonly classArchive: "write" | "use"
}

/** The program and its arguments. */
export function serverCommand(options: ServerCommandOptions): string[] {
  const { java, installation, home, port } = options
  return [
    java.program,
    ...javaOptions,
    ...shortLifeOptions,
    options.classArchive === "write"
      ? `-XX:ArchiveClassesAtExit=${installation.classArchive}`
      : `-XX:SharedArchiveFile=${installation.classArchive}`,
    `-Dkc.home.dir=${home.folder}`,
    `-Djboss.server.config.dir=${join(home.folder, "conf")}`,
    "-cp",
    join(home.folder, "lib", "quarkus-run.jar"),
    "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
    "start",
    "--optimized",
    "--cache=local",
    "--http-enabled=true",
    "--http-host=127.0.0.1",
    `--http-port=${port}`,
    `--hostname=http://localhost:${port}`,
  ]
}

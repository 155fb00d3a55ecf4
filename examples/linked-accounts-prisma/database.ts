/** The application's own database: users, their linked accounts, and in the database strategy their sessions. */
import { PrismaPg } from "@prisma/adapter-pg"
import { PrismaClient } from "@/generated/client"
import type { Step } from "@/profile"

/** Next makes several copies of this module; one pool is enough for all of them. */
const shared = globalThis as { [key: symbol]: PrismaClient | undefined }
const key = Symbol.for("linked-accounts-prisma.database")

function connect(): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }) })
}

export const prisma: PrismaClient = shared[key] ?? connect()
shared[key] = prisma

/** How far a user has come in the onboarding; nothing for one who has not begun. */
export async function readProfile(id: string): Promise<{ step: Step } | undefined> {
  const user = await prisma.user.findUnique({ where: { id }, select: { step: true } })
  return user?.step ? { step: user.step as Step } : undefined
}

/** Keeps how far a user has come. */
export async function saveStep(id: string, step: Step): Promise<void> {
  await prisma.user.update({ where: { id }, data: { step } })
}

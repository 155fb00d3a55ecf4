import { PrismaAdapter } from "@auth/prisma-adapter"
import { prismaAccounts } from "../../src/accounts/prisma.ts"
import { createPool } from "./postgres-place.ts"
import { createPrismaClient } from "./prisma-client.ts"
import type { OpenDatabase } from "./test-database.ts"

export async function openPrisma(url: string): Promise<OpenDatabase> {
  const pool = createPool(url)
  const prisma = await createPrismaClient(pool)
  return {
    adapter: PrismaAdapter(prisma),
    writer: prismaAccounts(prisma),
    async close() {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}

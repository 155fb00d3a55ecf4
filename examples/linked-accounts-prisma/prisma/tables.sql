-- The tables of schema.prisma. Applied at every start, and harmless where they are there already.
BEGIN;

-- Two processes may start at once: the second one waits here.
SELECT pg_advisory_xact_lock(hashtext('linked-accounts-prisma'));

CREATE TABLE IF NOT EXISTS "User" (
  "id" text PRIMARY KEY,
  "name" text,
  "email" text UNIQUE,
  "emailVerified" timestamp(3),
  "image" text,
  "step" text
);

CREATE TABLE IF NOT EXISTS "Account" (
  "userId" text NOT NULL REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  "type" text NOT NULL,
  "provider" text NOT NULL,
  "providerAccountId" text NOT NULL,
  "refresh_token" text,
  "access_token" text,
  "expires_at" integer,
  "token_type" text,
  "scope" text,
  "id_token" text,
  "session_state" text,
  PRIMARY KEY ("provider", "providerAccountId")
);

CREATE TABLE IF NOT EXISTS "Session" (
  "sessionToken" text PRIMARY KEY,
  "userId" text NOT NULL REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  "expires" timestamp(3) NOT NULL
);

CREATE TABLE IF NOT EXISTS "VerificationToken" (
  "identifier" text NOT NULL,
  "token" text NOT NULL,
  "expires" timestamp(3) NOT NULL,
  PRIMARY KEY ("identifier", "token")
);

COMMIT;

-- Account tables that are not Auth.js's own, for the contract of the writers.
CREATE TABLE "narrow_account" (
  "provider" text NOT NULL,
  "providerAccountId" text NOT NULL,
  "refresh_token" text,
  "access_token" text,
  "expires_at" bigint,
  "id_token" text,
  "note" text,
  PRIMARY KEY ("provider", "providerAccountId")
);

CREATE TABLE "lacking_account" (
  "provider" text NOT NULL,
  "providerAccountId" text NOT NULL,
  "refresh_token" text,
  "access_token" text,
  PRIMARY KEY ("provider", "providerAccountId")
);

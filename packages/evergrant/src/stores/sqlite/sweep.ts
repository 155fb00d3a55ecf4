import type { Seconds } from "../../clock.ts"
import type { GrantStore } from "../../store/grant-store.ts"
import type { SqliteView } from "./view.ts"

/** How long a change stays in the feed for those who catch up. */
const changeRetention: Seconds = 600

/** In this order: grants go with their login, and a handle goes when it leads to neither login nor tombstone. */
const removals: readonly string[] = [
  `DELETE FROM grants WHERE namespace = :namespace AND login_id IN
     (SELECT login_id FROM logins WHERE namespace = :namespace AND expires_at <= :now)`,
  "DELETE FROM logins WHERE namespace = :namespace AND expires_at <= :now",
  "DELETE FROM tombstones WHERE namespace = :namespace AND until <= :now",
  "DELETE FROM spent_tokens WHERE namespace = :namespace AND until <= :now",
  "DELETE FROM leases WHERE namespace = :namespace AND until <= :now",
  "DELETE FROM outbox WHERE namespace = :namespace AND expires_at <= :now",
  "DELETE FROM handles WHERE namespace = :namespace AND expires_at <= :now",
  `DELETE FROM handles WHERE namespace = :namespace
     AND NOT EXISTS (SELECT 1 FROM logins
       WHERE logins.namespace = handles.namespace AND logins.login_id = handles.login_id)
     AND NOT EXISTS (SELECT 1 FROM tombstones
       WHERE tombstones.namespace = handles.namespace AND kind = 'login' AND issuer = '' AND client_id = ''
         AND value = handles.login_id AND until > :now)`,
]

/** The newest change stays however old it is: it is what {@link GrantStore.latestChange} answers. */
const changeRemoval: string = `DELETE FROM changes WHERE namespace = :namespace AND at <= :before
   AND cursor < (SELECT max(cursor) FROM changes WHERE namespace = :namespace)`

export function sweepMethods(view: SqliteView): Pick<GrantStore, "sweep"> {
  return {
    async sweep() {
      view.write(({ prepare, namespace, now }) => {
        for (const removal of removals) prepare(removal).run({ namespace, now })
        prepare(changeRemoval).run({ namespace, before: now - changeRetention })
      })
    },
  }
}

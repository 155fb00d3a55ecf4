import type { KeycloakAdminClient } from "@keycloak/keycloak-admin-client/lib/client.js"
import type { RoleMappingPayload } from "@keycloak/keycloak-admin-client/lib/defs/roleRepresentation.js"

/** Gives realm roles to a user; a role that does not exist is made. */
export async function addRoles(
  admin: KeycloakAdminClient,
  realm: string,
  userId: string,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return
  const roles = await Promise.all(names.map((name) => roleNamed(admin, realm, name)))
  await admin.users.addRealmRoleMappings({ realm, id: userId, roles })
}

/** Makes `names` the only realm roles of a user, beside the default roles that every user of the realm has. */
export async function replaceRoles(
  admin: KeycloakAdminClient,
  realm: string,
  userId: string,
  names: readonly string[],
): Promise<void> {
  const held = await admin.users.listRealmRoleMappings({ realm, id: userId })
  const surplus = held.filter(
    ({ name }) => name && name !== `default-roles-${realm}` && !names.includes(name),
  )
  if (surplus.length > 0) {
    const roles = surplus.flatMap(({ id, name }) => (id && name ? [{ id, name }] : []))
    await admin.users.delRealmRoleMappings({ realm, id: userId, roles })
  }
  await addRoles(admin, realm, userId, names)
}

async function roleNamed(
  admin: KeycloakAdminClient,
  realm: string,
  name: string,
): Promise<RoleMappingPayload> {
  const found = await admin.roles.findOneByName({ realm, name })
  if (!found) await admin.roles.create({ realm, name })
  const role = found ?? (await admin.roles.findOneByName({ realm, name }))
  if (!role?.id) throw new Error(`Keycloak did not make the role "${name}".`)
  return { id: role.id, name }
}

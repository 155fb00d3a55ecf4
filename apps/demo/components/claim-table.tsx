/** The declared claims: what each says, and which token said it. */
import type { DemoSession } from "@/auth"
import { claims } from "@/data/claims"

export function ClaimTable({ session }: { session: DemoSession }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Claim</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(claims).map(([path, source]) => (
          <tr key={path}>
            <th scope="row">
              {path}
              <small>{source === "access_token" ? "access token" : "ID token"}</small>
            </th>
            <td data-testid={path}>{toText(session.claims[path as keyof typeof claims])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function toText(value: unknown): string {
  if (value === undefined) return "–"
  if (Array.isArray(value)) return value.map(String).join(", ")
  return typeof value === "object" ? JSON.stringify(value) : String(value)
}

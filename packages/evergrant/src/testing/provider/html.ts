/** HTML as a tagged template that escapes whatever is put in. */

/** Markup that needs no escaping any more. */
export interface Markup {
  readonly markup: string
}

type Piece = Markup | string | number | undefined | readonly Markup[]

/** Builds markup; strings are escaped, markup is kept, `undefined` is nothing. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  const markup = strings.map((text, index) => text + render(pieces[index])).join("")
  return Object.freeze({ markup })
}

/** Takes a constant of ours, such as a style sheet, as it is. */
export function verbatim(markup: string): Markup {
  return Object.freeze({ markup })
}

function render(piece: Piece): string {
  if (piece === undefined) return ""
  if (typeof piece === "string" || typeof piece === "number") return escapeHtml(String(piece))
  return "markup" in piece ? piece.markup : piece.map(({ markup }) => markup).join("")
}

const entities: Readonly<Record<string, string>> = Object.freeze({
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
})

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "")
}

/** The frame of every page that the provider shows to people, and the small ones. */
import { html, type Markup, verbatim } from "./html.ts"

const style: Markup = verbatim(`<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { margin: 0 auto; padding: 2rem 1rem; max-width: 62rem; }
main.narrow { max-width: 22rem; margin: 8vh auto 0; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0 1rem; } small, .quiet { opacity: .7; }
label { display: block; margin: .75rem 0; } label > span { display: block; font-size: .85rem; opacity: .8; }
input, select, button, textarea { font: inherit; padding: .45rem .6rem; border: 1px solid var(--line); border-radius: .4rem; background: Canvas; color: CanvasText; box-sizing: border-box; }
main.narrow input { width: 100%; } textarea { width: 100%; font-family: ui-monospace, monospace; font-size: .85rem; }
button { cursor: pointer; } button.primary { background: #2456c5; border-color: #2456c5; color: #fff; } main.narrow button { width: 100%; margin-top: .5rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; } .row label { margin: 0; } input[type=number] { width: 9rem; } main.narrow form + form { margin-top: 1.5rem; }
.card { border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin: .75rem 0; }
.notice { border-left: .25rem solid #c0392b; padding: .25rem .75rem; } code { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
</style>`)

/** A whole document around `body`. */
export function page(title: string, body: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>${style}</head>
<body>${body}</body>
</html>
`.markup
}

/** Says what went wrong. */
export function errorPage(message: string): string {
  return page(
    "Something went wrong",
    html`<main class="narrow"><h1>We are sorry …</h1><p class="notice">${message}</p></main>`,
  )
}

/** Says that the session is over. */
export function loggedOutPage(): string {
  return page("Logged out", html`<main class="narrow"><h1>You are logged out</h1></main>`)
}

/** The script of the provider's page: sends its forms to `/control` as JSON and keeps the counters current. */
export const controlScript: string = `
const failure = document.getElementById("failure")
const readers = {
  number: (field) => (field.value === "" ? undefined : Number(field.value)),
  flag: (field) => field.checked,
  list: (field) => field.value.split(",").map((item) => item.trim()).filter(Boolean),
  rotation: (field) =>
    field.value === "reuse-window" ? { kind: field.value, seconds: Number(field.form.elements.window.value) } : field.value,
  attributes: (field) => {
    const gone = Object.keys(JSON.parse(field.defaultValue)).map((name) => [name, null])
    return { ...Object.fromEntries(gone), ...JSON.parse(field.value) }
  },
}
const read = (form) => {
  const body = {}
  for (const field of form.elements) {
    if (!field.name || field.name === "window") continue
    const value = (readers[field.dataset.kind] ?? ((plain) => plain.value))(field)
    const [member, inner] = field.name.split(".")
    if (value === undefined) continue
    if (inner) body[member] = { ...body[member], [inner]: value }
    else body[member] = value
  }
  return body
}
document.addEventListener("submit", async (event) => {
  event.preventDefault()
  try {
    const body = JSON.stringify(read(event.target))
    const headers = { "content-type": "application/json" }
    const answer = await fetch(event.target.dataset.control, { method: "POST", headers, body })
    if (!answer.ok) throw new Error((await answer.json()).message)
    location.reload()
  } catch (error) {
    failure.textContent = error.message
    failure.hidden = false
    failure.scrollIntoView()
  }
})
setInterval(async () => {
  const state = await fetch("/control/state").then((answer) => answer.json(), () => undefined)
  for (const [name, value] of Object.entries(state?.counters.total ?? {})) {
    const cell = document.querySelector('[data-counter="' + name + '"]')
    if (cell) cell.textContent = value
  }
}, 2000)
`

/** A wrong or missing variable: one sentence that names it and the remedy. */
export class SettingError extends Error {}

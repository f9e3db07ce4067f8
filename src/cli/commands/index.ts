// each command is loaded when it is used: see scripts/lazy-exports.js
export { explainCommand } from './explain';
export { gateCommand } from './gate';
export { renderCommand } from './render';
export { validateCommand } from './validate';

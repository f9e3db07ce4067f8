export { ZeroTouch, ZeroTouchProps } from './zero-touch';

export async function benchEngine(): Promise<void> {}

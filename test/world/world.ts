/** The kit's world, under the name that the tests know it by. */
export * from '../../testing/world.ts';

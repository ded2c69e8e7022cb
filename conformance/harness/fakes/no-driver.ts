/** A module whose author forgot the most important member. */
export default { accepts: { connect: [] } };

// `node bin/bootstrap.mjs SCRIPT args…` installs what is missing, then runs SCRIPT on the project's own Node.
//
// Old syntax, and no static import: every Node must be able to read this far, so that it can say what it lacks.
const major = Number(process.versions.node.split('.')[0]);

if (major < 20) {
  console.error(
    `Stint needs Node 20 or newer, and this is Node ${process.versions.node} (${process.execPath}). Install a newer one, for example from https://nodejs.org, and try again.`,
  );
  process.exit(1);
}
import('./local/prepare.mjs')
  .then((prepare) => prepare.prepareAndRun(process.argv.slice(2)))
  .then(
    (code) => process.exit(code),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );

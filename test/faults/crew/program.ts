// The program of the processes of a fault test: its argument says what the process is to be.

const role = process.argv[2];
if (role === 'followers') (await import('./followers.ts')).start();
else if (role === 'writers') (await import('./writers.ts')).start();
else if (role === 'server') (await import('./http-server.ts')).start();
else throw new Error(`there is no role ${role}; expected followers, writers or server`);

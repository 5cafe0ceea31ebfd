/* Makes one call that writes fail, to see what becomes of the index; see test_io_faults.py.

   Preloaded into a process. FAULT_IN names a folder; of the calls that write to, cut or flush a
   file in it, the one numbered FAULT_AT fails with the error FAULT_ERRNO. With FAULT_LASTS all
   that follow fail, too. How many calls there were is written to FAULT_COUNT at the end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;

static int fails(int file) {
    const char *folder = getenv("FAULT_IN"), *at = getenv("FAULT_AT");
    char link[64], path[PATH_MAX];
    if (folder == NULL || at == NULL) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (strncmp(path, folder, strlen(folder)) != 0) return 0;
    long call = atomic_fetch_add(&calls, 1) + 1, first = atol(at);
    if (call == first || (getenv("FAULT_LASTS") != NULL && first > 0 && call > first)) {
        errno = atoi(getenv("FAULT_ERRNO"));
        return 1;
    }
    return 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *data, size_t size) {
    return fails(file) ? -1 : REAL(write)(file, data, size);
}
ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
    return fails(file) ? -1 : REAL(pwrite)(file, data, size, at);
}
ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) {
    return fails(file) ? -1 : REAL(pwrite64)(file, data, size, at);
}
int fsync(int file) { return fails(file) ? -1 : REAL(fsync)(file); }
int fdatasync(int file) { return fails(file) ? -1 : REAL(fdatasync)(file); }
int ftruncate(int file, off_t size) { return fails(file) ? -1 : REAL(ftruncate)(file, size); }
int ftruncate64(int file, off64_t size) { return fails(file) ? -1 : REAL(ftruncate64)(file, size); }

__attribute__((destructor)) static void tell(void) {
    const char *place = getenv("FAULT_COUNT");
    FILE *out = place ? fopen(place, "w") : NULL;
    if (out != NULL) {
        fprintf(out, "%ld\n", (long)calls);
        fclose(out);
    }
}

/* strchr, strlen, strncpy for the static host python: zig 0.17's are loops over bytes and took half of compile()'s
   time. The static linker prefers these. Words are read whole, never across a page's end: reads are aligned. */
#include <stddef.h>
#include <stdint.h>

typedef size_t __attribute__((may_alias)) word;
#define ONES ((size_t)-1 / 255)
#define HIGHS (ONES * 128)
#define HAS_ZERO(x) (((x) - ONES) & ~(x) & HIGHS)

size_t strlen(const char *s) {
    const char *start = s;
    for (; (uintptr_t)s % sizeof(word); s++)
        if (!*s) return s - start;
    const word *w = (const void *)s;
    while (!HAS_ZERO(*w)) w++;
    s = (const void *)w;
    while (*s) s++;
    return s - start;
}

char *strchrnul(const char *s, int c) {
    c = (unsigned char)c;
    if (!c) return (char *)s + strlen(s);
    for (; (uintptr_t)s % sizeof(word); s++)
        if (!*s || *(const unsigned char *)s == c) return (char *)s;
    const word *w = (const void *)s;
    while (!HAS_ZERO(*w) && !HAS_ZERO(*w ^ (ONES * c))) w++;
    s = (const void *)w;
    while (*s && *(const unsigned char *)s != c) s++;
    return (char *)s;
}

char *strchr(const char *s, int c) {
    char *found = strchrnul(s, c);
    return *(unsigned char *)found == (unsigned char)c ? found : 0;
}

char *strncpy(char *to, const char *from, size_t n) {
    size_t i = 0;
    for (; i < n && from[i]; i++) to[i] = from[i];
    __builtin_memset(to + i, 0, n - i);
    return to;
}

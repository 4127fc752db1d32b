# What configure scripts would find out by compiling some hundred small programs: facts of the runtimes' C library (glibc
# 2.17) and compiler, the same for every processor. It saves most of a library's time. Put before recipes by the driver.
FUNCTIONS="btowc clock_gettime connect fork fork_works fpathconf freeaddrinfo fseeko fstatfs fts_open gai_strerror getaddrinfo
getauxval getcwd getegid getenv geteuid gethostbyname getnameinfo getopt getuid gmtime_r link localeconv localtime_r mblen mbrlen mbrtowc mbsrtowcs mbstowcs mbtowc memmove mkstemp poll posix_openpt putenv putwc regcomp remove
select setbuf setbuffer setenv setfsuid setvbuf sigaction snprintf strdup strstr symlink sysconf tcgetpgrp times tsearch
unlink vfork vfork_works vsnprintf wcsrtombs wcstombs wctob wctomb wmemchr"
HEADERS="dirent_dirent dlfcn fcntl getopt inttypes limits locale math memory poll stdint stdio stdlib string strings sys_auxv
sys_ioctl sys_param sys_poll sys_select sys_stat sys_time sys_times sys_types termios unistd wchar wctype"
TYPES="bool cc_t intptr_t pid_t signed_char sigset_t speed_t ssize_t tcflag_t wchar_t"

# Writes the answers where configure scripts look for them.
answer() {
  {
    for name in $FUNCTIONS; do echo "ac_cv_func_$name=yes"; done
    for name in $HEADERS; do echo "ac_cv_header_${name}_h=yes"; done
    for name in $TYPES; do echo "ac_cv_type_$name=yes"; done
    echo ac_cv_header_stdc=yes ac_cv_header_time=yes
  } > "$STEP/config.site"
  export CONFIG_SITE="$STEP/config.site"
}

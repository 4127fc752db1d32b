/* Where systems keep the authorities that they trust, in one file: the first that is there counts. The list and its order
   are those of Go's crypto/x509. Put into OpenSSL's crypto/x509/x509_def.c; what SSL_CERT_FILE names is before it. */
#include <unistd.h>

static const char *system_roots(void)
{
    static const char *const files[] = {
        "/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Gentoo, Arch */
        "/etc/pki/tls/certs/ca-bundle.crt", /* Fedora, RHEL 6 */
        "/etc/ssl/ca-bundle.pem", /* SUSE */
        "/etc/pki/tls/cacert.pem", /* OpenELEC */
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* RHEL 7 and later */
        "/etc/ssl/cert.pem", /* Alpine */
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
        if (access(files[i], R_OK) == 0)
            return files[i];
    return X509_CERT_FILE;
}


/* In place of the table that gperf makes of src/fcobjs.h: the names are some fifty. */
struct FcObjectTypeInfo {
    const char *name;
    int id;
};

static const struct FcObjectTypeInfo *FcObjectTypeLookup(const char *str, FC_GPERF_SIZE_T len)
{
    static const struct FcObjectTypeInfo all[] = {
#define FC_OBJECT(NAME, Type, Cmp) { FC_##NAME, FC_##NAME##_OBJECT },
#include "fcobjs.h"
#undef FC_OBJECT
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        if (strlen(all[i].name) == len && !memcmp(all[i].name, str, len))
            return &all[i];
    return NULL;
}

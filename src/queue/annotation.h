/* SPDX-License-Identifier: MIT */
/*
 * What ThreadSanitizer has to be told about Concurrency Kit, whose atomic operations are assembly
 * that it cannot see: "what I did before this release is seen after that acquire of the same
 * address". Without ThreadSanitizer these are nothing.
 */
#ifndef QUEUE_ANNOTATION_H
#define QUEUE_ANNOTATION_H

#if defined(__SANITIZE_THREAD__)
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define ANNOTATE_ACQUIRE(address) __tsan_acquire((void *)(uintptr_t)(address))
#define ANNOTATE_RELEASE(address) __tsan_release((void *)(uintptr_t)(address))
#else
#define ANNOTATE_ACQUIRE(address) ((void)(address))
#define ANNOTATE_RELEASE(address) ((void)(address))
#endif

#endif

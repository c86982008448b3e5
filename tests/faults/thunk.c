/* thunk.c - entry points for functions of any type: all arguments stay in place. */
#include "inject.h"

#if defined __x86_64__

/* Entry i is 16 * i bytes after the first and pushes its number. The address that fault_enter()
 * returns replaces the number, and the code returns to it. */
__asm__(".text\n"
        ".balign 16\n"
        "fault_thunks:\n"
        ".set fault_number, 0\n"
        ".rept 256\n"
        ".balign 16\n"
        "endbr64\n"
        "pushq $fault_number\n"
        "jmp fault_common\n"
        ".set fault_number, fault_number + 1\n"
        ".endr\n"
        "fault_common:\n"
        "pushq %rdi\n pushq %rsi\n pushq %rdx\n pushq %rcx\n"
        "pushq %r8\n pushq %r9\n pushq %rax\n pushq %r10\n"
        "movq 64(%rsp), %rdi\n"
        "leaq 72(%rsp), %rsi\n"
        "call fault_enter\n"
        "movq %rax, 64(%rsp)\n"
        "popq %r10\n popq %rax\n popq %r9\n popq %r8\n"
        "popq %rcx\n popq %rdx\n popq %rsi\n popq %rdi\n"
        "ret\n"
        ".globl fault_landing\n"
        "fault_landing:\n"
        "pushq %rax\n pushq %rdx\n"
        "call fault_leave\n"
        "movq %rax, %r11\n"
        "popq %rdx\n popq %rax\n"
        "jmp *%r11\n");

extern char fault_thunks[];

void *fault_thunk(size_t index)
{
    return fault_thunks + 16 * index;
}

#else

char fault_landing[1];

void *fault_thunk(size_t index)
{
    (void)index;
    return NULL; /* main() skips the test then */
}

#endif

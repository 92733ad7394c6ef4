	.section	__TEXT,__text,regular,pure_instructions
	.build_version macos, 11, 0
	.globl	_main                           ## -- Begin function main
	.p2align	4, 0x90
_main:                                  ## @main
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rbx
	pushq	%rax
	.cfi_offset %rbx, -24
	cmpl	$2, %edi
	jl	LBB0_1
## %bb.2:
	movq	8(%rsi), %rdi
	leaq	L_.str(%rip), %rsi
	callq	_strcmp
	testl	%eax, %eax
	sete	%bl
	jmp	LBB0_3
LBB0_1:
	xorl	%ebx, %ebx
LBB0_3:
	movq	__ZN7lazyref4v0_26detail13process_fenceE@GOTPCREL(%rip), %rcx
	movb	(%rcx), %al
	testb	%al, %al
	je	LBB0_4
## %bb.5:
	cmpb	$10, %al
	ja	LBB0_6
LBB0_7:
	movsbq	%al, %rax
	leaq	l_reltable.main(%rip), %rcx
	movslq	(%rcx,%rax,4), %rsi
	addq	%rcx, %rsi
	jmp	LBB0_8
LBB0_4:
	movb	1(%rcx), %al
	testb	$1, %al
	sete	%dl
	addb	%dl, %dl
	addb	$3, %dl
	xorl	%eax, %eax
	lock		cmpxchgb	%dl, (%rcx)
	movzbl	%al, %ecx
	movzbl	%dl, %eax
	cmovnel	%ecx, %eax
	cmpb	$10, %al
	jbe	LBB0_7
LBB0_6:
	leaq	L_.str.19(%rip), %rsi
LBB0_8:
	leaq	L_.str.1(%rip), %rdi
	leaq	L_.str.21(%rip), %rdx
	xorl	%eax, %eax
	callq	_printf
	movzbl	%bl, %ebx
	leaq	L_.str.2(%rip), %rsi
	xorl	%edi, %edi
	movl	%ebx, %edx
	callq	__ZN12_GLOBAL__N_13allEN7lazyref4v0_212code_mappingEPKcb
	leaq	L_.str.3(%rip), %rsi
	movl	$1, %edi
	movl	%ebx, %edx
	callq	__ZN12_GLOBAL__N_13allEN7lazyref4v0_212code_mappingEPKcb
	movl	__ZN12_GLOBAL__N_18failuresE(%rip), %esi
	testl	%esi, %esi
	leaq	L_.str.4(%rip), %rax
	leaq	L_.str.5(%rip), %rdi
	cmoveq	%rax, %rdi
	xorl	%eax, %eax
	callq	_printf
	xorl	%eax, %eax
	cmpl	$0, __ZN12_GLOBAL__N_18failuresE(%rip)
	setne	%al
	addq	$8, %rsp
	popq	%rbx
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.section	__TEXT,__literal16,16byte_literals
	.p2align	4                               ## -- Begin function _ZN12_GLOBAL__N_13allEN7lazyref4v0_212code_mappingEPKcb
LCPI1_0:
	.space	16
	.section	__TEXT,__text,regular,pure_instructions
	.p2align	4, 0x90
__ZN12_GLOBAL__N_13allEN7lazyref4v0_212code_mappingEPKcb: ## @_ZN12_GLOBAL__N_13allEN7lazyref4v0_212code_mappingEPKcb
Lfunc_begin0:
	.cfi_startproc
	.cfi_personality 155, ___gxx_personality_v0
	.cfi_lsda 16, Lexception0
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	andq	$-64, %rsp
	subq	$1728, %rsp                     ## imm = 0x6C0
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movl	%edx, %r12d
	movl	%edi, %r14d
	movq	___stack_chk_guard@GOTPCREL(%rip), %rax
	movq	(%rax), %rax
	movq	%rax, 1664(%rsp)
	movq	%rsi, %rdi
	callq	_puts
	leaq	L_.str.25(%rip), %rdi
	leaq	L_.str.28(%rip), %rcx
	movl	$4096, %esi                     ## imm = 0x1000
	movl	$95, %edx
	xorl	%eax, %eax
	callq	_printf
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.26(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
	movb	__ZGVZN12_GLOBAL__N_113each_executorEvE6result(%rip), %al
	testb	%al, %al
	je	LBB1_280
LBB1_1:
	movb	__ZZN12_GLOBAL__N_113each_executorEvE6result(%rip), %al
	leaq	__ZTVN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEEE+16(%rip), %rcx
	movq	%rcx, 64(%rsp)
	movb	%al, 72(%rsp)
	leaq	80(%rsp), %rbx
	movzbl	%r14b, %edx
	leaq	__ZN12_GLOBAL__N_16limitsE(%rip), %rsi
	movq	%rbx, %rdi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEEC2ERKNS0_17code_space_limitsENS0_12code_mappingE
	movq	__ZSt7nothrow@GOTPCREL(%rip), %rdx
	movl	$1024, %edi                     ## imm = 0x400
	movl	$64, %esi
	callq	__ZnamSt11align_val_tRKSt9nothrow_t
	movq	%rax, 248(%rsp)
	movq	%rbx, 256(%rsp)
	xorps	%xmm0, %xmm0
	movups	%xmm0, 264(%rsp)
	movups	%xmm0, 280(%rsp)
	movups	%xmm0, 296(%rsp)
	movq	$0, 312(%rsp)
	leaq	__ZTVN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EEE+16(%rip), %rax
	movq	%rax, 320(%rsp)
	movaps	%xmm0, 384(%rsp)
	movaps	%xmm0, 400(%rsp)
	movaps	%xmm0, 416(%rsp)
	movaps	%xmm0, 432(%rsp)
	movups	%xmm0, 444(%rsp)
	movq	448(%rsp), %rax
	testq	%rax, %rax
	jne	LBB1_14
## %bb.2:
	callq	__ZN7lazyref4v0_28std_sync4cpusEv
	cmpq	$2, %rax
	jb	LBB1_5
## %bb.3:
	jne	LBB1_6
## %bb.4:
	movl	$2, %ebx
	jmp	LBB1_7
LBB1_5:
	movl	$1, %ebx
	movb	$1, %al
	jmp	LBB1_8
LBB1_6:
	xorl	%ecx, %ecx
	cmpq	$5, %rax
	setae	%cl
	leaq	4(,%rcx,4), %rbx
LBB1_7:
	xorl	%eax, %eax
LBB1_8:
	xorps	%xmm0, %xmm0
	testb	%al, %al
	jne	LBB1_14
## %bb.9:
	leaq	-1(%rbx), %rcx
	xorl	%eax, %eax
	lock		cmpxchgl	%ecx, 456(%rsp)
	jne	LBB1_14
## %bb.10:
	movl	$64, %edx
	movq	%rcx, %rax
	mulq	%rdx
	movq	$-1, %rdi
	cmovnoq	%rax, %rdi
	movq	__ZSt7nothrow@GOTPCREL(%rip), %rdx
	movl	$64, %esi
	callq	__ZnamSt11align_val_tRKSt9nothrow_t
	testq	%rax, %rax
	je	LBB1_12
## %bb.11:
	movq	%rax, %r15
	shlq	$6, %rbx
	addq	$-64, %rbx
	movq	%rax, %rdi
	movq	%rbx, %rsi
	callq	___bzero
	jmp	LBB1_13
LBB1_12:
	xorl	%r15d, %r15d
LBB1_13:
	movq	%r15, 448(%rsp)
	xorps	%xmm0, %xmm0
LBB1_14:
	leaq	__ZTVN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_EE+16(%rip), %rax
	movq	%rax, 320(%rsp)
	movq	__ZN7lazyref4v0_26detail13process_fenceE@GOTPCREL(%rip), %rbx
	movq	%rbx, 512(%rsp)
	movw	$0, 520(%rsp)
	movb	$0, 522(%rsp)
	movaps	%xmm0, 528(%rsp)
	movaps	%xmm0, 544(%rsp)
	movaps	%xmm0, 560(%rsp)
	movaps	%xmm0, 576(%rsp)
	movaps	%xmm0, 592(%rsp)
	movaps	%xmm0, 608(%rsp)
	movaps	%xmm0, 624(%rsp)
	movaps	%xmm0, 640(%rsp)
	movaps	%xmm0, 656(%rsp)
	movaps	%xmm0, 672(%rsp)
	movq	$0, 688(%rsp)
	movq	$0, 768(%rsp)
	movl	$0, 776(%rsp)
	movaps	%xmm0, 736(%rsp)
	movaps	%xmm0, 720(%rsp)
	movaps	%xmm0, 704(%rsp)
	movaps	%xmm0, 832(%rsp)
	movb	$0, 848(%rsp)
	movq	768(%rsp), %rax
	testq	%rax, %rax
	je	LBB1_15
LBB1_27:
	leaq	__ZTVN7lazyref4v0_26detail11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE+16(%rip), %rax
	movq	%rax, 320(%rsp)
	movq	__ZSt7nothrow@GOTPCREL(%rip), %rdx
	movl	$512, %edi                      ## imm = 0x200
	movl	$64, %esi
	callq	__ZnamSt11align_val_tRKSt9nothrow_t
	testq	%rax, %rax
	je	LBB1_282
## %bb.28:
	movq	$0, (%rax)
	movb	(%rbx), %dl
	xorl	%ecx, %ecx
	cmpb	$1, %dl
	movq	%rbx, %rdx
	cmoveq	%rcx, %rdx
	movq	%rdx, 8(%rax)
	movq	8(%rax), %rdx
	xorl	%esi, %esi
	testq	%rdx, %rdx
	setne	%sil
	movq	%rsi, 16(%rax)
	xorps	%xmm0, %xmm0
	movups	%xmm0, 24(%rax)
	movups	%xmm0, 40(%rax)
	movups	%xmm0, 56(%rax)
	movb	(%rbx), %dl
	cmpb	$1, %dl
	movq	%rbx, %rdx
	cmoveq	%rcx, %rdx
	movq	%rdx, 72(%rax)
	movq	72(%rax), %rdx
	xorl	%esi, %esi
	testq	%rdx, %rdx
	setne	%sil
	movq	%rsi, 80(%rax)
	movups	%xmm0, 88(%rax)
	movups	%xmm0, 104(%rax)
	movups	%xmm0, 120(%rax)
	movb	(%rbx), %dl
	cmpb	$1, %dl
	movq	%rbx, %rdx
	cmoveq	%rcx, %rdx
	movq	%rdx, 136(%rax)
	movq	136(%rax), %rdx
	xorl	%esi, %esi
	testq	%rdx, %rdx
	setne	%sil
	movq	%rsi, 144(%rax)
	movups	%xmm0, 152(%rax)
	movups	%xmm0, 168(%rax)
	movups	%xmm0, 184(%rax)
	movb	(%rbx), %dl
	cmpb	$1, %dl
	movq	%rbx, %rdx
	cmoveq	%rcx, %rdx
	movq	%rdx, 200(%rax)
	movq	200(%rax), %rdx
	xorl	%esi, %esi
	testq	%rdx, %rdx
	setne	%sil
	movq	%rsi, 208(%rax)
	movups	%xmm0, 216(%rax)
	movups	%xmm0, 232(%rax)
	movups	%xmm0, 248(%rax)
	movb	(%rbx), %dl
	cmpb	$1, %dl
	movq	%rbx, %rdx
	cmoveq	%rcx, %rdx
	movq	%rdx, 264(%rax)
	movq	264(%rax), %rdx
	xorl	%esi, %esi
	testq	%rdx, %rdx
	setne	%sil
	movq	%rsi, 272(%rax)
	movups	%xmm0, 280(%rax)
	movups	%xmm0, 296(%rax)
	movups	%xmm0, 312(%rax)
	movb	(%rbx), %dl
	cmpb	$1, %dl
	movq	%rbx, %rdx
	cmoveq	%rcx, %rdx
	movq	%rdx, 328(%rax)
	movq	328(%rax), %rdx
	xorl	%esi, %esi
	testq	%rdx, %rdx
	setne	%sil
	movq	%rsi, 336(%rax)
	movups	%xmm0, 344(%rax)
	movups	%xmm0, 360(%rax)
	movups	%xmm0, 376(%rax)
	movb	(%rbx), %dl
	cmpb	$1, %dl
	movq	%rbx, %rdx
	cmoveq	%rcx, %rdx
	movq	%rdx, 392(%rax)
	movq	392(%rax), %rdx
	xorl	%esi, %esi
	testq	%rdx, %rdx
	setne	%sil
	movq	%rsi, 400(%rax)
	movups	%xmm0, 408(%rax)
	movups	%xmm0, 424(%rax)
	movups	%xmm0, 440(%rax)
	movb	(%rbx), %dl
	cmpb	$1, %dl
	cmoveq	%rcx, %rbx
	movq	%rbx, 456(%rax)
	movq	456(%rax), %rcx
	xorl	%edx, %edx
	testq	%rcx, %rcx
	setne	%dl
	movq	%rdx, 464(%rax)
	movups	%xmm0, 472(%rax)
	movups	%xmm0, 488(%rax)
	movq	$0, 504(%rax)
	movq	%rax, 896(%rsp)
	movq	$8, 904(%rsp)
	movl	$0, 44(%rax)
	movl	$1, 108(%rax)
	movl	$2, 172(%rax)
	movl	$3, 236(%rax)
	movl	$4, 300(%rax)
	movl	$5, 364(%rax)
	movl	$6, 428(%rax)
	movl	$7, 492(%rax)
	movaps	%xmm0, 928(%rsp)
	movaps	%xmm0, 912(%rsp)
	leaq	__ZTVN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE+16(%rip), %rax
	movq	%rax, 320(%rsp)
	leaq	L_.str.32(%rip), %r15
	movl	$12, %ebx
	cmpq	$0, 248(%rsp)
	je	LBB1_34
## %bb.29:
	cmpq	$0, 264(%rsp)
	je	LBB1_33
## %bb.30:
	cmpq	$0, 280(%rsp)
	je	LBB1_34
## %bb.31:
	cmpq	$0, 288(%rsp)
	je	LBB1_34
## %bb.32:
	cmpq	$0, 296(%rsp)
	je	LBB1_34
LBB1_33:
	movl	112(%rsp), %ebx
	movq	120(%rsp), %r15
LBB1_34:
	testl	%ebx, %ebx
	je	LBB1_36
## %bb.35:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.23(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
	leaq	L_.str.53(%rip), %rdi
	movl	%ebx, %esi
	movq	%r15, %rdx
	xorl	%eax, %eax
	callq	_printf
	jmp	LBB1_272
LBB1_15:
	callq	__ZN7lazyref4v0_28std_sync4cpusEv
	cmpq	$2, %rax
	jb	LBB1_18
## %bb.16:
	jne	LBB1_19
## %bb.17:
	movl	$1, %r15d
	jmp	LBB1_20
LBB1_36:
	movl	$42, 960(%rsp)
	leaq	1024(%rsp), %rdi
	leaq	64(%rsp), %rsi
	leaq	960(%rsp), %rcx
	movl	$16, %edx
	callq	__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE5draftIJjEEENS0_10code_draftIS3_S9_SB_EEmDpOT_
	movl	1040(%rsp), %ebx
	testl	%ebx, %ebx
	je	LBB1_58
## %bb.37:
	movq	1048(%rsp), %r14
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.55(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
	leaq	L_.str.53(%rip), %rdi
	movl	%ebx, %esi
	movq	%r14, %rdx
	xorl	%eax, %eax
	callq	_printf
LBB1_38:
	movq	1032(%rsp), %rax
	testq	%rax, %rax
	je	LBB1_48
## %bb.39:
	movq	1024(%rsp), %rdi
	cmpl	$0, 48(%rdi)
	jne	LBB1_42
## %bb.40:
	cmpb	$0, 1057(%rsp)
	je	LBB1_42
## %bb.41:
	movb	$0, 1057(%rsp)
LBB1_42:
	movq	40(%rax), %rdx
	movq	48(%rax), %rcx
	movq	%rcx, 960(%rsp)
	subq	184(%rdi), %rax
	sarq	$6, %rax
	movq	%rax, 968(%rsp)
	cmpq	$0, 200(%rdi)
	je	LBB1_47
## %bb.43:
	movq	232(%rdi), %rsi
	leaq	(%rax,%rax,2), %rbx
	shlq	$4, %rbx
	cmpq	$0, (%rsi,%rbx)
	je	LBB1_47
## %bb.44:
	leaq	(%rsi,%rbx), %rcx
	movups	960(%rsp), %xmm0
	movups	%xmm0, 24(%rsi,%rbx)
	movq	%rdx, 16(%rsi,%rbx)
	movq	240(%rdi), %rax
	movq	%rax, 40(%rsi,%rbx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	je	LBB1_48
## %bb.45:
	leaq	(%rsi,%rbx), %rdx
	addq	$40, %rdx
	.p2align	4, 0x90
LBB1_46:                                ## =>This Inner Loop Header: Depth=1
	movq	%rax, (%rdx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	jne	LBB1_46
	jmp	LBB1_48
LBB1_18:
	movb	$1, %al
	xorl	%r15d, %r15d
	testb	%al, %al
	je	LBB1_21
	jmp	LBB1_27
LBB1_47:
	addq	$16, %rdi
	leaq	960(%rsp), %rsi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
LBB1_48:
	movl	%r12d, 60(%rsp)                 ## 4-byte Spill
	xorl	%r13d, %r13d
	leaq	1024(%rsp), %r12
	leaq	64(%rsp), %r14
	jmp	LBB1_51
	.p2align	4, 0x90
LBB1_49:                                ##   in Loop: Header=BB1_51 Depth=1
	movq	(%rdi), %rax
	callq	*(%rax)
LBB1_50:                                ##   in Loop: Header=BB1_51 Depth=1
	addl	$1, %r13d
	cmpl	$1000, %r13d                    ## imm = 0x3E8
	je	LBB1_63
LBB1_51:                                ## =>This Inner Loop Header: Depth=1
	movzbl	%r13b, %ebx
Ltmp3:
	movq	%r12, %rdi
	movq	%r14, %rsi
	movl	%ebx, %edx
	callq	__ZN12_GLOBAL__N_14makeERN7lazyref4v0_210code_spaceINS_8functionENS1_14domain_optionsILNS1_6policyE0ELNS1_7reclaimE0ELNS1_10candidatesE0ELm8192ELm1048576ELNS1_11slot_growthE0EEENS1_6detail19process_code_systemEEEj
Ltmp4:
## %bb.52:                              ##   in Loop: Header=BB1_51 Depth=1
	movq	1024(%rsp), %r15
	testq	%r15, %r15
	je	LBB1_63
## %bb.53:                              ##   in Loop: Header=BB1_51 Depth=1
Ltmp6:
	movq	%r15, %rdi
	callq	__ZN12_GLOBAL__N_14callERKNS_8functionE
Ltmp7:
## %bb.54:                              ##   in Loop: Header=BB1_51 Depth=1
	cmpl	%ebx, %eax
	jne	LBB1_60
## %bb.55:                              ##   in Loop: Header=BB1_51 Depth=1
	leaq	320(%rsp), %rdi
	movq	%r12, %rsi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE
	movq	1024(%rsp), %rsi
	movq	$0, 1024(%rsp)
	testq	%rsi, %rsi
	je	LBB1_50
## %bb.56:                              ##   in Loop: Header=BB1_51 Depth=1
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%rsi)
	cmpl	$1, %eax
	je	LBB1_49
## %bb.57:                              ##   in Loop: Header=BB1_51 Depth=1
	testl	%eax, %eax
	jne	LBB1_50
	jmp	LBB1_223
LBB1_58:
	leaq	1024(%rsp), %rdi
	callq	__ZNK7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE4dataEv
	movq	1032(%rsp), %rcx
	testq	%rcx, %rcx
	je	LBB1_232
## %bb.59:
	movq	1024(%rsp), %rsi
	movq	24(%rsi), %rdx
	imulq	48(%rcx), %rdx
	addq	72(%rsi), %rdx
	jmp	LBB1_233
LBB1_60:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.82(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
	movq	$0, 1024(%rsp)
	movq	8(%r15), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%r15)
	cmpl	$1, %eax
	je	LBB1_62
## %bb.61:
	testl	%eax, %eax
	jne	LBB1_63
	jmp	LBB1_223
LBB1_19:
	xorl	%ecx, %ecx
	cmpq	$5, %rax
	setae	%cl
	leaq	3(,%rcx,4), %r15
LBB1_20:
	xorl	%eax, %eax
	testb	%al, %al
	jne	LBB1_27
LBB1_21:
	xorl	%eax, %eax
	lock		cmpxchgl	%r15d, 776(%rsp)
	jne	LBB1_27
## %bb.22:
	shlq	$6, %r15
	movq	__ZSt7nothrow@GOTPCREL(%rip), %rdx
	movl	$64, %esi
	movq	%r15, %rdi
	callq	__ZnamSt11align_val_tRKSt9nothrow_t
	testq	%rax, %rax
	je	LBB1_25
## %bb.23:
	xorl	%ecx, %ecx
	xorps	%xmm0, %xmm0
	.p2align	4, 0x90
LBB1_24:                                ## =>This Inner Loop Header: Depth=1
	movaps	%xmm0, 32(%rax,%rcx)
	movaps	%xmm0, 16(%rax,%rcx)
	movaps	%xmm0, (%rax,%rcx)
	addq	$64, %rcx
	cmpq	%rcx, %r15
	jne	LBB1_24
	jmp	LBB1_26
LBB1_62:
	movq	(%rdi), %rax
	movq	%r15, %rsi
	callq	*(%rax)
LBB1_63:
	leaq	1344(%rsp), %r13
	xorps	%xmm0, %xmm0
	movaps	%xmm0, 1024(%rsp)
	movl	$0, 1040(%rsp)
	leaq	L_.str.31(%rip), %rax
	movq	%rax, 1048(%rsp)
	movw	$0, 1056(%rsp)
	movups	%xmm0, 1064(%rsp)
	movl	$0, 1080(%rsp)
	movq	%rax, 1088(%rsp)
	movw	$0, 1096(%rsp)
	movaps	%xmm0, 1104(%rsp)
	movl	$0, 1120(%rsp)
	movq	%rax, 1128(%rsp)
	movw	$0, 1136(%rsp)
	movups	%xmm0, 1144(%rsp)
	movl	$0, 1160(%rsp)
	movq	%rax, 1168(%rsp)
	movw	$0, 1176(%rsp)
	movaps	%xmm0, 1184(%rsp)
	movl	$0, 1200(%rsp)
	movq	%rax, 1208(%rsp)
	movw	$0, 1216(%rsp)
	movups	%xmm0, 1224(%rsp)
	movl	$0, 1240(%rsp)
	movq	%rax, 1248(%rsp)
	movw	$0, 1256(%rsp)
	movaps	%xmm0, 1264(%rsp)
	movl	$0, 1280(%rsp)
	movq	%rax, 1288(%rsp)
	movw	$0, 1296(%rsp)
	movups	%xmm0, 1304(%rsp)
	movl	$0, 1320(%rsp)
	movq	%rax, 1328(%rsp)
	movw	$0, 1336(%rsp)
	xorl	%ebx, %ebx
	.p2align	4, 0x90
LBB1_64:                                ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB1_69 Depth 2
                                        ##     Child Loop BB1_79 Depth 2
	movl	%ebx, 32(%rsp)
	movl	$16, %edx
	leaq	960(%rsp), %rdi
	leaq	64(%rsp), %rsi
	leaq	32(%rsp), %rcx
	callq	__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE5draftIJjEEENS0_10code_draftIS3_S9_SB_EEmDpOT_
	leaq	(%rbx,%rbx,4), %r14
	movups	960(%rsp), %xmm0
	movups	976(%rsp), %xmm1
	xorps	%xmm2, %xmm2
	movups	%xmm2, 960(%rsp)
	movq	$0, 976(%rsp)
	leaq	L_.str.31(%rip), %rax
	movq	%rax, 984(%rsp)
	movzwl	992(%rsp), %ecx
	movw	$0, 992(%rsp)
	movq	1024(%rsp,%r14,8), %rdi
	movq	1032(%rsp,%r14,8), %rax
	movups	%xmm0, 1024(%rsp,%r14,8)
	movups	%xmm1, 1040(%rsp,%r14,8)
	movw	%cx, 1056(%rsp,%r14,8)
	testq	%rax, %rax
	je	LBB1_81
## %bb.65:                              ##   in Loop: Header=BB1_64 Depth=1
	movq	40(%rax), %rdx
	movq	48(%rax), %rcx
	movq	%rcx, 16(%rsp)
	subq	184(%rdi), %rax
	sarq	$6, %rax
	movq	%rax, 24(%rsp)
	cmpq	$0, 200(%rdi)
	je	LBB1_70
## %bb.66:                              ##   in Loop: Header=BB1_64 Depth=1
	movq	232(%rdi), %r8
	leaq	(%rax,%rax,2), %rsi
	shlq	$4, %rsi
	cmpq	$0, (%r8,%rsi)
	je	LBB1_70
## %bb.67:                              ##   in Loop: Header=BB1_64 Depth=1
	leaq	(%r8,%rsi), %rcx
	movups	16(%rsp), %xmm0
	movups	%xmm0, 24(%r8,%rsi)
	movq	%rdx, 16(%r8,%rsi)
	movq	240(%rdi), %rax
	movq	%rax, 40(%r8,%rsi)
	lock		cmpxchgq	%rcx, 240(%rdi)
	je	LBB1_71
## %bb.68:                              ##   in Loop: Header=BB1_64 Depth=1
	leaq	(%r8,%rsi), %rdx
	addq	$40, %rdx
	.p2align	4, 0x90
LBB1_69:                                ##   Parent Loop BB1_64 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	%rax, (%rdx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	jne	LBB1_69
	jmp	LBB1_71
	.p2align	4, 0x90
LBB1_70:                                ##   in Loop: Header=BB1_64 Depth=1
	addq	$16, %rdi
	leaq	16(%rsp), %rsi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
LBB1_71:                                ##   in Loop: Header=BB1_64 Depth=1
	movq	968(%rsp), %rax
	testq	%rax, %rax
	je	LBB1_81
## %bb.72:                              ##   in Loop: Header=BB1_64 Depth=1
	movq	960(%rsp), %rdi
	cmpl	$0, 48(%rdi)
	jne	LBB1_75
## %bb.73:                              ##   in Loop: Header=BB1_64 Depth=1
	cmpb	$0, 993(%rsp)
	je	LBB1_75
## %bb.74:                              ##   in Loop: Header=BB1_64 Depth=1
	movb	$0, 993(%rsp)
LBB1_75:                                ##   in Loop: Header=BB1_64 Depth=1
	movq	40(%rax), %rdx
	movq	48(%rax), %rcx
	movq	%rcx, 16(%rsp)
	subq	184(%rdi), %rax
	sarq	$6, %rax
	movq	%rax, 24(%rsp)
	cmpq	$0, 200(%rdi)
	je	LBB1_80
## %bb.76:                              ##   in Loop: Header=BB1_64 Depth=1
	movq	232(%rdi), %r8
	leaq	(%rax,%rax,2), %rsi
	shlq	$4, %rsi
	cmpq	$0, (%r8,%rsi)
	je	LBB1_80
## %bb.77:                              ##   in Loop: Header=BB1_64 Depth=1
	leaq	(%r8,%rsi), %rcx
	movups	16(%rsp), %xmm0
	movups	%xmm0, 24(%r8,%rsi)
	movq	%rdx, 16(%r8,%rsi)
	movq	240(%rdi), %rax
	movq	%rax, 40(%r8,%rsi)
	lock		cmpxchgq	%rcx, 240(%rdi)
	je	LBB1_81
## %bb.78:                              ##   in Loop: Header=BB1_64 Depth=1
	leaq	(%r8,%rsi), %rdx
	addq	$40, %rdx
	.p2align	4, 0x90
LBB1_79:                                ##   Parent Loop BB1_64 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	%rax, (%rdx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	jne	LBB1_79
	jmp	LBB1_81
	.p2align	4, 0x90
LBB1_80:                                ##   in Loop: Header=BB1_64 Depth=1
	addq	$16, %rdi
	leaq	16(%rsp), %rsi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
LBB1_81:                                ##   in Loop: Header=BB1_64 Depth=1
	movl	1040(%rsp,%r14,8), %r15d
	testl	%r15d, %r15d
	jne	LBB1_85
## %bb.82:                              ##   in Loop: Header=BB1_64 Depth=1
	leaq	(%rsp,%r14,8), %rdi
	addq	$1024, %rdi                     ## imm = 0x400
	callq	__ZNK7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE4dataEv
	movb	$-72, (%rax)
	movb	%bl, 1(%rax)
	movl	$-1023410176, 2(%rax)           ## imm = 0xC3000000
	addq	$1, %rbx
	cmpq	$8, %rbx
	jne	LBB1_64
## %bb.83:
	xorps	%xmm0, %xmm0
	movaps	%xmm0, 1008(%rsp)
	movaps	%xmm0, 992(%rsp)
	movaps	%xmm0, 976(%rsp)
	movaps	%xmm0, 960(%rsp)
	leaq	64(%rsp), %rdi
	leaq	1024(%rsp), %rsi
	leaq	960(%rsp), %rcx
	movl	$8, %edx
	callq	__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE7publishB12auto_checkedEPNS0_10code_draftIS3_S9_SB_EEmPNS0_10strong_refIS3_EE
	testl	%eax, %eax
	je	LBB1_86
## %bb.84:
	movl	%eax, %ebx
	movq	%rdx, %r14
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.84(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
	leaq	L_.str.53(%rip), %rdi
	movl	%ebx, %esi
	movq	%r14, %rdx
	xorl	%eax, %eax
	callq	_printf
	jmp	LBB1_111
LBB1_85:
	leaq	(%rsp,%r14,8), %rax
	addq	$1048, %rax                     ## imm = 0x418
	movq	(%rax), %rbx
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.83(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
	leaq	L_.str.53(%rip), %rdi
	movl	%r15d, %esi
	movq	%rbx, %rdx
	xorl	%eax, %eax
	callq	_printf
	jmp	LBB1_143
LBB1_86:
	movq	960(%rsp), %rdi
Ltmp9:
	callq	__ZN12_GLOBAL__N_14callERKNS_8functionE
Ltmp10:
## %bb.87:
	testl	%eax, %eax
	je	LBB1_89
## %bb.88:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.85(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
LBB1_89:
	leaq	960(%rsp), %rsi
	leaq	320(%rsp), %rdi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE
	movq	968(%rsp), %rdi
Ltmp11:
	callq	__ZN12_GLOBAL__N_14callERKNS_8functionE
Ltmp12:
## %bb.90:
	leaq	968(%rsp), %rbx
	cmpl	$1, %eax
	je	LBB1_92
## %bb.91:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.85(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
LBB1_92:
	leaq	320(%rsp), %rdi
	movq	%rbx, %rsi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE
	movq	976(%rsp), %rdi
Ltmp13:
	callq	__ZN12_GLOBAL__N_14callERKNS_8functionE
Ltmp14:
## %bb.93:
	leaq	976(%rsp), %rbx
	cmpl	$2, %eax
	je	LBB1_95
## %bb.94:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.85(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
LBB1_95:
	leaq	320(%rsp), %rdi
	movq	%rbx, %rsi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE
	movq	984(%rsp), %rdi
Ltmp15:
	callq	__ZN12_GLOBAL__N_14callERKNS_8functionE
Ltmp16:
## %bb.96:
	leaq	984(%rsp), %rbx
	cmpl	$3, %eax
	je	LBB1_98
## %bb.97:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.85(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
LBB1_98:
	leaq	320(%rsp), %rdi
	movq	%rbx, %rsi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE
	movq	992(%rsp), %rdi
Ltmp17:
	callq	__ZN12_GLOBAL__N_14callERKNS_8functionE
Ltmp18:
## %bb.99:
	leaq	992(%rsp), %rbx
	cmpl	$4, %eax
	je	LBB1_101
## %bb.100:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.85(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
LBB1_101:
	leaq	320(%rsp), %rdi
	movq	%rbx, %rsi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE
	movq	1000(%rsp), %rdi
Ltmp19:
	callq	__ZN12_GLOBAL__N_14callERKNS_8functionE
Ltmp20:
## %bb.102:
	leaq	1000(%rsp), %rbx
	cmpl	$5, %eax
	je	LBB1_104
## %bb.103:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.85(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
LBB1_104:
	leaq	320(%rsp), %rdi
	movq	%rbx, %rsi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE
	movq	1008(%rsp), %rdi
Ltmp21:
	callq	__ZN12_GLOBAL__N_14callERKNS_8functionE
Ltmp22:
## %bb.105:
	leaq	1008(%rsp), %rbx
	cmpl	$6, %eax
	je	LBB1_107
## %bb.106:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.85(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
LBB1_107:
	leaq	320(%rsp), %rdi
	movq	%rbx, %rsi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE
	movq	1016(%rsp), %rdi
Ltmp23:
	callq	__ZN12_GLOBAL__N_14callERKNS_8functionE
Ltmp24:
## %bb.108:
	leaq	1016(%rsp), %rbx
	cmpl	$7, %eax
	je	LBB1_110
## %bb.109:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.85(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
LBB1_110:
	leaq	320(%rsp), %rdi
	movq	%rbx, %rsi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE
LBB1_111:
	movq	1016(%rsp), %rsi
	movq	$0, 1016(%rsp)
	testq	%rsi, %rsi
	je	LBB1_115
## %bb.112:
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%rsi)
	cmpl	$1, %eax
	je	LBB1_114
## %bb.113:
	testl	%eax, %eax
	jne	LBB1_115
	jmp	LBB1_223
LBB1_114:
	movq	(%rdi), %rax
	callq	*(%rax)
LBB1_115:
	movq	1008(%rsp), %rsi
	movq	$0, 1008(%rsp)
	testq	%rsi, %rsi
	je	LBB1_119
## %bb.116:
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%rsi)
	cmpl	$1, %eax
	je	LBB1_118
## %bb.117:
	testl	%eax, %eax
	jne	LBB1_119
	jmp	LBB1_223
LBB1_118:
	movq	(%rdi), %rax
	callq	*(%rax)
LBB1_119:
	movq	1000(%rsp), %rsi
	movq	$0, 1000(%rsp)
	testq	%rsi, %rsi
	je	LBB1_123
## %bb.120:
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%rsi)
	cmpl	$1, %eax
	je	LBB1_122
## %bb.121:
	testl	%eax, %eax
	jne	LBB1_123
	jmp	LBB1_223
LBB1_122:
	movq	(%rdi), %rax
	callq	*(%rax)
LBB1_123:
	movq	992(%rsp), %rsi
	movq	$0, 992(%rsp)
	testq	%rsi, %rsi
	je	LBB1_127
## %bb.124:
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%rsi)
	cmpl	$1, %eax
	je	LBB1_126
## %bb.125:
	testl	%eax, %eax
	jne	LBB1_127
	jmp	LBB1_223
LBB1_126:
	movq	(%rdi), %rax
	callq	*(%rax)
LBB1_127:
	movq	984(%rsp), %rsi
	movq	$0, 984(%rsp)
	testq	%rsi, %rsi
	je	LBB1_131
## %bb.128:
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%rsi)
	cmpl	$1, %eax
	je	LBB1_130
## %bb.129:
	testl	%eax, %eax
	jne	LBB1_131
	jmp	LBB1_223
LBB1_130:
	movq	(%rdi), %rax
	callq	*(%rax)
LBB1_131:
	movq	976(%rsp), %rsi
	movq	$0, 976(%rsp)
	testq	%rsi, %rsi
	je	LBB1_135
## %bb.132:
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%rsi)
	cmpl	$1, %eax
	je	LBB1_134
## %bb.133:
	testl	%eax, %eax
	jne	LBB1_135
	jmp	LBB1_223
LBB1_134:
	movq	(%rdi), %rax
	callq	*(%rax)
LBB1_135:
	movq	968(%rsp), %rsi
	movq	$0, 968(%rsp)
	testq	%rsi, %rsi
	je	LBB1_139
## %bb.136:
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%rsi)
	cmpl	$1, %eax
	je	LBB1_138
## %bb.137:
	testl	%eax, %eax
	jne	LBB1_139
	jmp	LBB1_223
LBB1_138:
	movq	(%rdi), %rax
	callq	*(%rax)
LBB1_139:
	movq	960(%rsp), %rsi
	movq	$0, 960(%rsp)
	testq	%rsi, %rsi
	je	LBB1_143
## %bb.140:
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%rsi)
	cmpl	$1, %eax
	je	LBB1_142
## %bb.141:
	testl	%eax, %eax
	jne	LBB1_143
	jmp	LBB1_223
LBB1_142:
	movq	(%rdi), %rax
	callq	*(%rax)
LBB1_143:
	leaq	960(%rsp), %r14
	jmp	LBB1_146
	.p2align	4, 0x90
LBB1_144:                               ##   in Loop: Header=BB1_146 Depth=1
	addq	$16, %rdi
	movq	%r14, %rsi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
LBB1_145:                               ##   in Loop: Header=BB1_146 Depth=1
	movq	%r15, %r13
	cmpq	%r12, %r15
	je	LBB1_155
LBB1_146:                               ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB1_154 Depth 2
	leaq	-40(%r13), %r15
	movq	-32(%r13), %rax
	testq	%rax, %rax
	je	LBB1_145
## %bb.147:                             ##   in Loop: Header=BB1_146 Depth=1
	movq	(%r15), %rdi
	cmpl	$0, 48(%rdi)
	jne	LBB1_150
## %bb.148:                             ##   in Loop: Header=BB1_146 Depth=1
	cmpb	$0, -7(%r13)
	je	LBB1_150
## %bb.149:                             ##   in Loop: Header=BB1_146 Depth=1
	movb	$0, -7(%r13)
LBB1_150:                               ##   in Loop: Header=BB1_146 Depth=1
	movq	40(%rax), %rdx
	movq	48(%rax), %rcx
	movq	%rcx, 960(%rsp)
	subq	184(%rdi), %rax
	sarq	$6, %rax
	movq	%rax, 968(%rsp)
	cmpq	$0, 200(%rdi)
	je	LBB1_144
## %bb.151:                             ##   in Loop: Header=BB1_146 Depth=1
	movq	232(%rdi), %rsi
	leaq	(%rax,%rax,2), %rbx
	shlq	$4, %rbx
	cmpq	$0, (%rsi,%rbx)
	je	LBB1_144
## %bb.152:                             ##   in Loop: Header=BB1_146 Depth=1
	leaq	(%rsi,%rbx), %rcx
	movups	960(%rsp), %xmm0
	movups	%xmm0, 24(%rsi,%rbx)
	movq	%rdx, 16(%rsi,%rbx)
	movq	240(%rdi), %rax
	movq	%rax, 40(%rsi,%rbx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	je	LBB1_145
## %bb.153:                             ##   in Loop: Header=BB1_146 Depth=1
	leaq	(%rsi,%rbx), %rdx
	addq	$40, %rdx
	.p2align	4, 0x90
LBB1_154:                               ##   Parent Loop BB1_146 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	%rax, (%rdx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	jne	LBB1_154
	jmp	LBB1_145
LBB1_155:
	leaq	1664(%rsp), %r15
	xorps	%xmm0, %xmm0
	movaps	%xmm0, 1024(%rsp)
	movl	$0, 1040(%rsp)
	leaq	L_.str.31(%rip), %rax
	movq	%rax, 1048(%rsp)
	movw	$0, 1056(%rsp)
	movups	%xmm0, 1064(%rsp)
	movl	$0, 1080(%rsp)
	movq	%rax, 1088(%rsp)
	movw	$0, 1096(%rsp)
	movaps	%xmm0, 1104(%rsp)
	movl	$0, 1120(%rsp)
	movq	%rax, 1128(%rsp)
	movw	$0, 1136(%rsp)
	movups	%xmm0, 1144(%rsp)
	movl	$0, 1160(%rsp)
	movq	%rax, 1168(%rsp)
	movw	$0, 1176(%rsp)
	movaps	%xmm0, 1184(%rsp)
	movl	$0, 1200(%rsp)
	movq	%rax, 1208(%rsp)
	movw	$0, 1216(%rsp)
	movups	%xmm0, 1224(%rsp)
	movl	$0, 1240(%rsp)
	movq	%rax, 1248(%rsp)
	movw	$0, 1256(%rsp)
	movaps	%xmm0, 1264(%rsp)
	movl	$0, 1280(%rsp)
	movq	%rax, 1288(%rsp)
	movw	$0, 1296(%rsp)
	movups	%xmm0, 1304(%rsp)
	movl	$0, 1320(%rsp)
	movq	%rax, 1328(%rsp)
	movw	$0, 1336(%rsp)
	movaps	%xmm0, 1344(%rsp)
	movl	$0, 1360(%rsp)
	movq	%rax, 1368(%rsp)
	movw	$0, 1376(%rsp)
	movups	%xmm0, 1384(%rsp)
	movl	$0, 1400(%rsp)
	movq	%rax, 1408(%rsp)
	movw	$0, 1416(%rsp)
	movaps	%xmm0, 1424(%rsp)
	movl	$0, 1440(%rsp)
	movq	%rax, 1448(%rsp)
	movw	$0, 1456(%rsp)
	movups	%xmm0, 1464(%rsp)
	movl	$0, 1480(%rsp)
	movq	%rax, 1488(%rsp)
	movw	$0, 1496(%rsp)
	movaps	%xmm0, 1504(%rsp)
	movl	$0, 1520(%rsp)
	movq	%rax, 1528(%rsp)
	movw	$0, 1536(%rsp)
	movups	%xmm0, 1544(%rsp)
	movl	$0, 1560(%rsp)
	movq	%rax, 1568(%rsp)
	movw	$0, 1576(%rsp)
	movaps	%xmm0, 1584(%rsp)
	movl	$0, 1600(%rsp)
	movq	%rax, 1608(%rsp)
	movw	$0, 1616(%rsp)
	movups	%xmm0, 1624(%rsp)
	movl	$0, 1640(%rsp)
	movq	%rax, 1648(%rsp)
	movw	$0, 1656(%rsp)
	leaq	64(%rsp), %r14
	leaq	32(%rsp), %r13
	jmp	LBB1_158
	.p2align	4, 0x90
LBB1_156:                               ##   in Loop: Header=BB1_158 Depth=1
	addq	$16, %rdi
	leaq	16(%rsp), %rsi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
LBB1_157:                               ##   in Loop: Header=BB1_158 Depth=1
	addq	$40, %r12
	cmpq	%r15, %r12
	je	LBB1_174
LBB1_158:                               ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB1_163 Depth 2
                                        ##     Child Loop BB1_173 Depth 2
	movl	$0, 32(%rsp)
	movl	$1, %edx
	leaq	960(%rsp), %rdi
	movq	%r14, %rsi
	movq	%r13, %rcx
	callq	__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE5draftIJjEEENS0_10code_draftIS3_S9_SB_EEmDpOT_
	movups	960(%rsp), %xmm0
	movups	976(%rsp), %xmm1
	xorps	%xmm2, %xmm2
	movups	%xmm2, 960(%rsp)
	movq	$0, 976(%rsp)
	leaq	L_.str.31(%rip), %rax
	movq	%rax, 984(%rsp)
	movzwl	992(%rsp), %ecx
	movw	$0, 992(%rsp)
	movq	(%r12), %rdi
	movq	8(%r12), %rax
	movups	%xmm0, (%r12)
	movups	%xmm1, 16(%r12)
	movw	%cx, 32(%r12)
	testq	%rax, %rax
	je	LBB1_157
## %bb.159:                             ##   in Loop: Header=BB1_158 Depth=1
	movq	40(%rax), %rdx
	movq	48(%rax), %rcx
	movq	%rcx, 16(%rsp)
	subq	184(%rdi), %rax
	sarq	$6, %rax
	movq	%rax, 24(%rsp)
	cmpq	$0, 200(%rdi)
	je	LBB1_164
## %bb.160:                             ##   in Loop: Header=BB1_158 Depth=1
	movq	232(%rdi), %rsi
	leaq	(%rax,%rax,2), %rbx
	shlq	$4, %rbx
	cmpq	$0, (%rsi,%rbx)
	je	LBB1_164
## %bb.161:                             ##   in Loop: Header=BB1_158 Depth=1
	leaq	(%rsi,%rbx), %rcx
	movups	16(%rsp), %xmm0
	movups	%xmm0, 24(%rsi,%rbx)
	movq	%rdx, 16(%rsi,%rbx)
	movq	240(%rdi), %rax
	movq	%rax, 40(%rsi,%rbx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	je	LBB1_165
## %bb.162:                             ##   in Loop: Header=BB1_158 Depth=1
	leaq	(%rsi,%rbx), %rdx
	addq	$40, %rdx
	.p2align	4, 0x90
LBB1_163:                               ##   Parent Loop BB1_158 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	%rax, (%rdx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	jne	LBB1_163
	jmp	LBB1_165
	.p2align	4, 0x90
LBB1_164:                               ##   in Loop: Header=BB1_158 Depth=1
	addq	$16, %rdi
	leaq	16(%rsp), %rsi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
LBB1_165:                               ##   in Loop: Header=BB1_158 Depth=1
	movq	968(%rsp), %rax
	testq	%rax, %rax
	je	LBB1_157
## %bb.166:                             ##   in Loop: Header=BB1_158 Depth=1
	movq	960(%rsp), %rdi
	cmpl	$0, 48(%rdi)
	jne	LBB1_169
## %bb.167:                             ##   in Loop: Header=BB1_158 Depth=1
	cmpb	$0, 993(%rsp)
	je	LBB1_169
## %bb.168:                             ##   in Loop: Header=BB1_158 Depth=1
	movb	$0, 993(%rsp)
LBB1_169:                               ##   in Loop: Header=BB1_158 Depth=1
	movq	40(%rax), %rdx
	movq	48(%rax), %rcx
	movq	%rcx, 16(%rsp)
	subq	184(%rdi), %rax
	sarq	$6, %rax
	movq	%rax, 24(%rsp)
	cmpq	$0, 200(%rdi)
	je	LBB1_156
## %bb.170:                             ##   in Loop: Header=BB1_158 Depth=1
	movq	232(%rdi), %rsi
	leaq	(%rax,%rax,2), %rbx
	shlq	$4, %rbx
	cmpq	$0, (%rsi,%rbx)
	je	LBB1_156
## %bb.171:                             ##   in Loop: Header=BB1_158 Depth=1
	leaq	(%rsi,%rbx), %rcx
	movups	16(%rsp), %xmm0
	movups	%xmm0, 24(%rsi,%rbx)
	movq	%rdx, 16(%rsi,%rbx)
	movq	240(%rdi), %rax
	movq	%rax, 40(%rsi,%rbx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	je	LBB1_157
## %bb.172:                             ##   in Loop: Header=BB1_158 Depth=1
	leaq	(%rsi,%rbx), %rdx
	addq	$40, %rdx
	.p2align	4, 0x90
LBB1_173:                               ##   Parent Loop BB1_158 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	%rax, (%rdx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	jne	LBB1_173
	jmp	LBB1_157
LBB1_174:
	cmpq	$0, 1632(%rsp)
	jne	LBB1_176
## %bb.175:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.86(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
LBB1_176:
	movl	$0, 32(%rsp)
	leaq	960(%rsp), %rdi
	leaq	64(%rsp), %rsi
	leaq	32(%rsp), %rcx
	movl	$1, %edx
	callq	__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE5draftIJjEEENS0_10code_draftIS3_S9_SB_EEmDpOT_
	cmpl	$28, 976(%rsp)
	je	LBB1_178
## %bb.177:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.87(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
LBB1_178:
	movq	968(%rsp), %rax
	testq	%rax, %rax
	je	LBB1_188
## %bb.179:
	movq	960(%rsp), %rdi
	cmpl	$0, 48(%rdi)
	jne	LBB1_182
## %bb.180:
	cmpb	$0, 993(%rsp)
	je	LBB1_182
## %bb.181:
	movb	$0, 993(%rsp)
LBB1_182:
	movq	40(%rax), %rdx
	movq	48(%rax), %rcx
	movq	%rcx, 16(%rsp)
	subq	184(%rdi), %rax
	sarq	$6, %rax
	movq	%rax, 24(%rsp)
	cmpq	$0, 200(%rdi)
	je	LBB1_187
## %bb.183:
	movq	232(%rdi), %rsi
	leaq	(%rax,%rax,2), %rbx
	shlq	$4, %rbx
	cmpq	$0, (%rsi,%rbx)
	je	LBB1_187
## %bb.184:
	leaq	(%rsi,%rbx), %rcx
	movups	16(%rsp), %xmm0
	movups	%xmm0, 24(%rsi,%rbx)
	movq	%rdx, 16(%rsi,%rbx)
	movq	240(%rdi), %rax
	movq	%rax, 40(%rsi,%rbx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	je	LBB1_188
## %bb.185:
	leaq	(%rsi,%rbx), %rdx
	addq	$40, %rdx
	.p2align	4, 0x90
LBB1_186:                               ## =>This Inner Loop Header: Depth=1
	movq	%rax, (%rdx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	jne	LBB1_186
	jmp	LBB1_188
LBB1_187:
	addq	$16, %rdi
	leaq	16(%rsp), %rsi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
LBB1_188:
	leaq	1024(%rsp), %r12
	leaq	960(%rsp), %r13
	jmp	LBB1_191
	.p2align	4, 0x90
LBB1_189:                               ##   in Loop: Header=BB1_191 Depth=1
	addq	$16, %rdi
	movq	%r13, %rsi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
LBB1_190:                               ##   in Loop: Header=BB1_191 Depth=1
	movq	%r14, %r15
	cmpq	%r12, %r14
	je	LBB1_200
LBB1_191:                               ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB1_199 Depth 2
	leaq	-40(%r15), %r14
	movq	-32(%r15), %rax
	testq	%rax, %rax
	je	LBB1_190
## %bb.192:                             ##   in Loop: Header=BB1_191 Depth=1
	movq	(%r14), %rdi
	cmpl	$0, 48(%rdi)
	jne	LBB1_195
## %bb.193:                             ##   in Loop: Header=BB1_191 Depth=1
	cmpb	$0, -7(%r15)
	je	LBB1_195
## %bb.194:                             ##   in Loop: Header=BB1_191 Depth=1
	movb	$0, -7(%r15)
LBB1_195:                               ##   in Loop: Header=BB1_191 Depth=1
	movq	40(%rax), %rdx
	movq	48(%rax), %rcx
	movq	%rcx, 960(%rsp)
	subq	184(%rdi), %rax
	sarq	$6, %rax
	movq	%rax, 968(%rsp)
	cmpq	$0, 200(%rdi)
	je	LBB1_189
## %bb.196:                             ##   in Loop: Header=BB1_191 Depth=1
	movq	232(%rdi), %rsi
	leaq	(%rax,%rax,2), %rbx
	shlq	$4, %rbx
	cmpq	$0, (%rsi,%rbx)
	je	LBB1_189
## %bb.197:                             ##   in Loop: Header=BB1_191 Depth=1
	leaq	(%rsi,%rbx), %rcx
	movups	960(%rsp), %xmm0
	movups	%xmm0, 24(%rsi,%rbx)
	movq	%rdx, 16(%rsi,%rbx)
	movq	240(%rdi), %rax
	movq	%rax, 40(%rsi,%rbx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	je	LBB1_190
## %bb.198:                             ##   in Loop: Header=BB1_191 Depth=1
	leaq	(%rsi,%rbx), %rdx
	addq	$40, %rdx
	.p2align	4, 0x90
LBB1_199:                               ##   Parent Loop BB1_191 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	%rax, (%rdx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	jne	LBB1_199
	jmp	LBB1_190
LBB1_200:
	cmpb	$0, 60(%rsp)                    ## 1-byte Folded Reload
	jne	LBB1_248
## %bb.201:
	movq	$0, 16(%rsp)
	movb	$0, 8(%rsp)
	movq	$0, 32(%rsp)
	movq	$0, 48(%rsp)
Ltmp26:
	leaq	40(%rsp), %rdi
	leaq	64(%rsp), %rbx
	movq	%rbx, %rsi
	xorl	%edx, %edx
	callq	__ZN12_GLOBAL__N_14makeERN7lazyref4v0_210code_spaceINS_8functionENS1_14domain_optionsILNS1_6policyE0ELNS1_7reclaimE0ELNS1_10candidatesE0ELm8192ELm1048576ELNS1_11slot_growthE0EEENS1_6detail19process_code_systemEEEj
Ltmp27:
## %bb.202:
	movq	40(%rsp), %rax
	testq	%rax, %rax
	leaq	32(%rsp), %r15
	je	LBB1_248
## %bb.203:
	movq	%rax, 16(%rsp)
	movq	$0, 1024(%rsp)
Ltmp29:
	movl	$48, %edi
	callq	__Znwm
Ltmp30:
## %bb.204:
	leaq	__ZTVNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEEE+16(%rip), %r12
	movq	%r12, (%rax)
	movq	%rbx, 8(%rax)
	leaq	8(%rsp), %r13
	movq	%r13, 16(%rax)
	leaq	16(%rsp), %rcx
	movq	%rcx, 24(%rax)
	movq	%r15, 32(%rax)
	leaq	48(%rsp), %r14
	movq	%r14, 40(%rax)
	movq	%rax, 960(%rsp)
Ltmp32:
	movq	_pthread_create@GOTPCREL(%rip), %rdx
	leaq	1024(%rsp), %rdi
	leaq	960(%rsp), %rsi
	callq	__ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE
Ltmp33:
## %bb.205:
	movq	960(%rsp), %rdi
	testq	%rdi, %rdi
	je	LBB1_207
## %bb.206:
	movq	(%rdi), %rax
	callq	*8(%rax)
LBB1_207:
	movq	$0, 1032(%rsp)
Ltmp35:
	movl	$48, %edi
	callq	__Znwm
Ltmp36:
## %bb.208:
	leaq	1032(%rsp), %rcx
	movq	%r12, (%rax)
	movq	%rbx, 8(%rax)
	movq	%r13, 16(%rax)
	movq	%rcx, %r13
	leaq	16(%rsp), %rcx
	movq	%rcx, 24(%rax)
	movq	%r15, 32(%rax)
	movq	%r14, 40(%rax)
	movq	%rax, 960(%rsp)
Ltmp38:
	movq	_pthread_create@GOTPCREL(%rip), %rdx
	leaq	960(%rsp), %rsi
	movq	%r13, %rdi
	callq	__ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE
Ltmp39:
## %bb.209:
	movq	960(%rsp), %rdi
	testq	%rdi, %rdi
	je	LBB1_211
## %bb.210:
	movq	(%rdi), %rax
	callq	*8(%rax)
LBB1_211:
	movl	$1, %r14d
	leaq	960(%rsp), %r12
	leaq	64(%rsp), %r15
	jmp	LBB1_214
	.p2align	4, 0x90
LBB1_212:                               ##   in Loop: Header=BB1_214 Depth=1
	movq	(%rdi), %rax
	callq	*(%rax)
LBB1_213:                               ##   in Loop: Header=BB1_214 Depth=1
	addl	$1, %r14d
	cmpl	$2001, %r14d                    ## imm = 0x7D1
	je	LBB1_224
LBB1_214:                               ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB1_216 Depth 2
	movq	48(%rsp), %rbx
	imull	$-1030792151, %r14d, %eax       ## imm = 0xC28F5C29
	addl	$1030792151, %eax               ## imm = 0x3D70A3D7
	rorl	$2, %eax
	cmpl	$42949672, %eax                 ## imm = 0x28F5C28
	ja	LBB1_218
## %bb.215:                             ##   in Loop: Header=BB1_214 Depth=1
	addq	$10, %rbx
	.p2align	4, 0x90
LBB1_216:                               ##   Parent Loop BB1_214 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	48(%rsp), %rax
	cmpq	%rbx, %rax
	jge	LBB1_218
## %bb.217:                             ##   in Loop: Header=BB1_216 Depth=2
	callq	_sched_yield
	jmp	LBB1_216
	.p2align	4, 0x90
LBB1_218:                               ##   in Loop: Header=BB1_214 Depth=1
	movzbl	%r14b, %edx
Ltmp41:
	movq	%r12, %rdi
	movq	%r15, %rsi
	callq	__ZN12_GLOBAL__N_14makeERN7lazyref4v0_210code_spaceINS_8functionENS1_14domain_optionsILNS1_6policyE0ELNS1_7reclaimE0ELNS1_10candidatesE0ELm8192ELm1048576ELNS1_11slot_growthE0EEENS1_6detail19process_code_systemEEEj
Ltmp42:
## %bb.219:                             ##   in Loop: Header=BB1_214 Depth=1
	movq	960(%rsp), %rax
	testq	%rax, %rax
	je	LBB1_224
## %bb.220:                             ##   in Loop: Header=BB1_214 Depth=1
	movq	%rax, 16(%rsp)
	movq	40(%rsp), %rax
	movq	960(%rsp), %rcx
	movq	%rcx, 40(%rsp)
	movq	%rax, 960(%rsp)
	leaq	320(%rsp), %rdi
	movq	%r12, %rsi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE
	movq	960(%rsp), %rsi
	movq	$0, 960(%rsp)
	testq	%rsi, %rsi
	je	LBB1_213
## %bb.221:                             ##   in Loop: Header=BB1_214 Depth=1
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%rsi)
	cmpl	$1, %eax
	je	LBB1_212
## %bb.222:                             ##   in Loop: Header=BB1_214 Depth=1
	testl	%eax, %eax
	jne	LBB1_213
LBB1_223:
	leaq	L_.str.81(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB1_224:
	movb	$1, 8(%rsp)
Ltmp44:
	leaq	1024(%rsp), %rdi
	callq	__ZNSt6thread4joinEv
Ltmp45:
## %bb.225:
Ltmp46:
	movq	%r13, %rdi
	callq	__ZNSt6thread4joinEv
Ltmp47:
## %bb.226:
	movq	32(%rsp), %rax
	testq	%rax, %rax
	je	LBB1_228
## %bb.227:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.88(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
LBB1_228:
	movq	48(%rsp), %rsi
	leaq	L_.str.89(%rip), %rdi
	xorl	%eax, %eax
	callq	_printf
	leaq	40(%rsp), %rsi
	leaq	320(%rsp), %rdi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE
	movq	1032(%rsp), %rax
	orq	1024(%rsp), %rax
	jne	LBB1_299
## %bb.229:
	movq	40(%rsp), %rsi
	movq	$0, 40(%rsp)
	testq	%rsi, %rsi
	je	LBB1_248
## %bb.230:
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%rsi)
	cmpl	$1, %eax
	je	LBB1_247
## %bb.231:
	testl	%eax, %eax
	jne	LBB1_248
	jmp	LBB1_223
LBB1_232:
	xorl	%edx, %edx
LBB1_233:
	cmpq	%rax, %rdx
	setne	%al
	testb	%r14b, %r14b
	setne	%dl
	xorb	%al, %dl
	jne	LBB1_235
## %bb.234:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.56(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
	movq	1032(%rsp), %rcx
LBB1_235:
	cmpq	$0, 32(%rcx)
	je	LBB1_237
## %bb.236:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.57(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
LBB1_237:
	leaq	1024(%rsp), %rbx
	movq	%rbx, %rdi
	callq	__ZNK7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE4dataEv
	movl	$10936, (%rax)                  ## imm = 0x2AB8
	movw	$-15616, 4(%rax)                ## imm = 0xC300
	movq	$0, 960(%rsp)
	leaq	64(%rsp), %rdi
	leaq	960(%rsp), %rcx
	movl	$1, %edx
	movq	%rbx, %rsi
	callq	__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE7publishB12auto_checkedEPNS0_10code_draftIS3_S9_SB_EEmPNS0_10strong_refIS3_EE
	testl	%eax, %eax
	je	LBB1_239
## %bb.238:
	movl	%eax, %ebx
	movq	%rdx, %r14
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.58(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
	leaq	L_.str.53(%rip), %rdi
	movl	%ebx, %esi
	movq	%r14, %rdx
	xorl	%eax, %eax
	callq	_printf
	jmp	LBB1_243
LBB1_239:
	movq	960(%rsp), %rdi
Ltmp0:
	callq	__ZN12_GLOBAL__N_14callERKNS_8functionE
Ltmp1:
## %bb.240:
	cmpl	$42, %eax
	je	LBB1_242
## %bb.241:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.59(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
LBB1_242:
	leaq	320(%rsp), %rdi
	leaq	960(%rsp), %rsi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE
LBB1_243:
	movq	960(%rsp), %rsi
	movq	$0, 960(%rsp)
	testq	%rsi, %rsi
	je	LBB1_38
## %bb.244:
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%rsi)
	cmpl	$1, %eax
	je	LBB1_246
## %bb.245:
	testl	%eax, %eax
	jne	LBB1_38
	jmp	LBB1_223
LBB1_246:
	movq	(%rdi), %rax
	callq	*(%rax)
	jmp	LBB1_38
LBB1_247:
	movq	(%rdi), %rax
	callq	*(%rax)
LBB1_248:
	leaq	320(%rsp), %rbx
	movq	%rbx, %rdi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE5flushEv
	movq	%rbx, %rdi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE7collectEv
	cmpl	$0, 112(%rsp)
	jne	LBB1_272
## %bb.249:
	movq	208(%rsp), %r8
	testq	%r8, %r8
	je	LBB1_255
## %bb.250:
	movq	216(%rsp), %rdx
	cmpq	$1, %r8
	jne	LBB1_263
## %bb.251:
	xorl	%esi, %esi
	xorl	%ecx, %ecx
LBB1_252:
	testb	$1, %r8b
	je	LBB1_256
## %bb.253:
	movq	(%rdx,%rsi,8), %rdx
	testq	%rdx, %rdx
	je	LBB1_256
	.p2align	4, 0x90
LBB1_254:                               ## =>This Inner Loop Header: Depth=1
	addq	$1, %rcx
	leaq	-1(%rdx), %rax
	andq	%rax, %rdx
	jne	LBB1_254
	jmp	LBB1_256
LBB1_255:
	xorl	%ecx, %ecx
LBB1_256:
	shlq	$6, %r8
	subq	%r8, %rcx
	addq	200(%rsp), %rcx
	imulq	88(%rsp), %rcx
	testq	%rcx, %rcx
	jne	LBB1_271
## %bb.257:
	movq	232(%rsp), %r8
	testq	%r8, %r8
	je	LBB1_269
## %bb.258:
	movq	240(%rsp), %rdx
	cmpq	$1, %r8
	jne	LBB1_274
## %bb.259:
	xorl	%esi, %esi
	xorl	%ecx, %ecx
LBB1_260:
	testb	$1, %r8b
	je	LBB1_270
## %bb.261:
	movq	(%rdx,%rsi,8), %rdx
	testq	%rdx, %rdx
	je	LBB1_270
	.p2align	4, 0x90
LBB1_262:                               ## =>This Inner Loop Header: Depth=1
	addq	$1, %rcx
	leaq	-1(%rdx), %rax
	andq	%rax, %rdx
	jne	LBB1_262
	jmp	LBB1_270
LBB1_263:
	movq	%r8, %rdi
	andq	$-2, %rdi
	xorl	%esi, %esi
	xorl	%ecx, %ecx
	jmp	LBB1_265
	.p2align	4, 0x90
LBB1_264:                               ##   in Loop: Header=BB1_265 Depth=1
	addq	$2, %rsi
	cmpq	%rdi, %rsi
	je	LBB1_252
LBB1_265:                               ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB1_266 Depth 2
                                        ##     Child Loop BB1_268 Depth 2
	movq	(%rdx,%rsi,8), %rbx
	testq	%rbx, %rbx
	je	LBB1_267
	.p2align	4, 0x90
LBB1_266:                               ##   Parent Loop BB1_265 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	addq	$1, %rcx
	leaq	-1(%rbx), %rax
	andq	%rax, %rbx
	jne	LBB1_266
LBB1_267:                               ##   in Loop: Header=BB1_265 Depth=1
	leaq	(,%rsi,8), %rbx
	orq	$8, %rbx
	movq	(%rdx,%rbx), %rbx
	testq	%rbx, %rbx
	je	LBB1_264
	.p2align	4, 0x90
LBB1_268:                               ##   Parent Loop BB1_265 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	addq	$1, %rcx
	leaq	-1(%rbx), %rax
	andq	%rax, %rbx
	jne	LBB1_268
	jmp	LBB1_264
LBB1_25:
	xorl	%eax, %eax
LBB1_26:
	movq	%rax, 768(%rsp)
	jmp	LBB1_27
LBB1_269:
	xorl	%ecx, %ecx
LBB1_270:
	shlq	$6, %r8
	subq	%r8, %rcx
	addq	224(%rsp), %rcx
	je	LBB1_272
LBB1_271:
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.24(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
LBB1_272:
	leaq	64(%rsp), %rdi
	callq	__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev
	movq	___stack_chk_guard@GOTPCREL(%rip), %rax
	movq	(%rax), %rax
	cmpq	1664(%rsp), %rax
	jne	LBB1_283
## %bb.273:
	leaq	-40(%rbp), %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB1_274:
	movq	%r8, %rdi
	andq	$-2, %rdi
	xorl	%esi, %esi
	xorl	%ecx, %ecx
	jmp	LBB1_276
	.p2align	4, 0x90
LBB1_275:                               ##   in Loop: Header=BB1_276 Depth=1
	addq	$2, %rsi
	cmpq	%rdi, %rsi
	je	LBB1_260
LBB1_276:                               ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB1_277 Depth 2
                                        ##     Child Loop BB1_279 Depth 2
	movq	(%rdx,%rsi,8), %rbx
	testq	%rbx, %rbx
	je	LBB1_278
	.p2align	4, 0x90
LBB1_277:                               ##   Parent Loop BB1_276 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	addq	$1, %rcx
	leaq	-1(%rbx), %rax
	andq	%rax, %rbx
	jne	LBB1_277
LBB1_278:                               ##   in Loop: Header=BB1_276 Depth=1
	leaq	(,%rsi,8), %rbx
	orq	$8, %rbx
	movq	(%rdx,%rbx), %rbx
	testq	%rbx, %rbx
	je	LBB1_275
	.p2align	4, 0x90
LBB1_279:                               ##   Parent Loop BB1_276 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	addq	$1, %rcx
	leaq	-1(%rbx), %rax
	andq	%rax, %rbx
	jne	LBB1_279
	jmp	LBB1_275
LBB1_280:
	leaq	__ZGVZN12_GLOBAL__N_113each_executorEvE6result(%rip), %rdi
	callq	___cxa_guard_acquire
	testl	%eax, %eax
	je	LBB1_1
## %bb.281:
	movb	$1, __ZZN12_GLOBAL__N_113each_executorEvE6result(%rip)
	leaq	__ZGVZN12_GLOBAL__N_113each_executorEvE6result(%rip), %rdi
	callq	___cxa_guard_release
	jmp	LBB1_1
LBB1_282:
	movq	$0, 896(%rsp)
	movq	$8, 904(%rsp)
	callq	__ZN7lazyref4v0_26detail20no_memory_for_domainEv
LBB1_283:
	callq	___stack_chk_fail
LBB1_284:
Ltmp2:
	movq	%rax, %rbx
	leaq	960(%rsp), %rdi
	callq	__ZN7lazyref4v0_210strong_refIN12_GLOBAL__N_18functionEED1Ev
	jmp	LBB1_295
LBB1_285:
Ltmp40:
	movq	%rax, %rbx
	movq	960(%rsp), %rdi
	testq	%rdi, %rdi
	je	LBB1_288
## %bb.286:
	movq	(%rdi), %rax
	callq	*8(%rax)
	jmp	LBB1_288
LBB1_287:
Ltmp37:
	movq	%rax, %rbx
LBB1_288:
	cmpq	$0, 1024(%rsp)
	je	LBB1_298
	jmp	LBB1_299
LBB1_289:
Ltmp34:
	movq	%rax, %rbx
	movq	960(%rsp), %rdi
	testq	%rdi, %rdi
	je	LBB1_298
## %bb.290:
	movq	(%rdi), %rax
	callq	*8(%rax)
	leaq	40(%rsp), %rdi
	jmp	LBB1_301
LBB1_291:
Ltmp31:
	movq	%rax, %rbx
	jmp	LBB1_298
LBB1_292:
Ltmp28:
	jmp	LBB1_303
LBB1_293:
Ltmp48:
	jmp	LBB1_297
LBB1_294:
Ltmp25:
	movq	%rax, %rbx
	leaq	1016(%rsp), %rdi
	callq	__ZN7lazyref4v0_210strong_refIN12_GLOBAL__N_18functionEED1Ev
	leaq	1008(%rsp), %rdi
	callq	__ZN7lazyref4v0_210strong_refIN12_GLOBAL__N_18functionEED1Ev
	leaq	1000(%rsp), %rdi
	callq	__ZN7lazyref4v0_210strong_refIN12_GLOBAL__N_18functionEED1Ev
	leaq	992(%rsp), %rdi
	callq	__ZN7lazyref4v0_210strong_refIN12_GLOBAL__N_18functionEED1Ev
	leaq	984(%rsp), %rdi
	callq	__ZN7lazyref4v0_210strong_refIN12_GLOBAL__N_18functionEED1Ev
	leaq	976(%rsp), %rdi
	callq	__ZN7lazyref4v0_210strong_refIN12_GLOBAL__N_18functionEED1Ev
	leaq	968(%rsp), %rdi
	callq	__ZN7lazyref4v0_210strong_refIN12_GLOBAL__N_18functionEED1Ev
	leaq	960(%rsp), %rdi
	callq	__ZN7lazyref4v0_210strong_refIN12_GLOBAL__N_18functionEED1Ev
	leaq	1304(%rsp), %rdi
	callq	__ZN7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev
	leaq	1264(%rsp), %rdi
	callq	__ZN7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev
	leaq	1224(%rsp), %rdi
	callq	__ZN7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev
	leaq	1184(%rsp), %rdi
	callq	__ZN7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev
	leaq	1144(%rsp), %rdi
	callq	__ZN7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev
	leaq	1104(%rsp), %rdi
	callq	__ZN7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev
	leaq	1064(%rsp), %rdi
	callq	__ZN7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev
LBB1_295:
	leaq	1024(%rsp), %rdi
	callq	__ZN7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev
	jmp	LBB1_304
LBB1_296:
Ltmp43:
LBB1_297:
	movq	%rax, %rbx
	movq	1032(%rsp), %rax
	orq	1024(%rsp), %rax
	jne	LBB1_299
LBB1_298:
	leaq	40(%rsp), %rdi
	jmp	LBB1_301
LBB1_299:
	callq	__ZSt9terminatev
LBB1_300:
Ltmp8:
	movq	%rax, %rbx
	leaq	1024(%rsp), %rdi
LBB1_301:
	callq	__ZN7lazyref4v0_210strong_refIN12_GLOBAL__N_18functionEED1Ev
	jmp	LBB1_304
LBB1_302:
Ltmp5:
LBB1_303:
	movq	%rax, %rbx
LBB1_304:
	leaq	64(%rsp), %rdi
	callq	__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev
	movq	%rbx, %rdi
	callq	__Unwind_Resume
Lfunc_end0:
	.cfi_endproc
	.section	__TEXT,__gcc_except_tab
	.p2align	2
GCC_except_table1:
Lexception0:
	.byte	255                             ## @LPStart Encoding = omit
	.byte	255                             ## @TType Encoding = omit
	.byte	1                               ## Call site Encoding = uleb128
	.uleb128 Lcst_end0-Lcst_begin0
Lcst_begin0:
	.uleb128 Lfunc_begin0-Lfunc_begin0      ## >> Call Site 1 <<
	.uleb128 Ltmp3-Lfunc_begin0             ##   Call between Lfunc_begin0 and Ltmp3
	.byte	0                               ##     has no landing pad
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp3-Lfunc_begin0             ## >> Call Site 2 <<
	.uleb128 Ltmp4-Ltmp3                    ##   Call between Ltmp3 and Ltmp4
	.uleb128 Ltmp5-Lfunc_begin0             ##     jumps to Ltmp5
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp6-Lfunc_begin0             ## >> Call Site 3 <<
	.uleb128 Ltmp7-Ltmp6                    ##   Call between Ltmp6 and Ltmp7
	.uleb128 Ltmp8-Lfunc_begin0             ##     jumps to Ltmp8
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp7-Lfunc_begin0             ## >> Call Site 4 <<
	.uleb128 Ltmp9-Ltmp7                    ##   Call between Ltmp7 and Ltmp9
	.byte	0                               ##     has no landing pad
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp9-Lfunc_begin0             ## >> Call Site 5 <<
	.uleb128 Ltmp24-Ltmp9                   ##   Call between Ltmp9 and Ltmp24
	.uleb128 Ltmp25-Lfunc_begin0            ##     jumps to Ltmp25
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp24-Lfunc_begin0            ## >> Call Site 6 <<
	.uleb128 Ltmp26-Ltmp24                  ##   Call between Ltmp24 and Ltmp26
	.byte	0                               ##     has no landing pad
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp26-Lfunc_begin0            ## >> Call Site 7 <<
	.uleb128 Ltmp27-Ltmp26                  ##   Call between Ltmp26 and Ltmp27
	.uleb128 Ltmp28-Lfunc_begin0            ##     jumps to Ltmp28
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp29-Lfunc_begin0            ## >> Call Site 8 <<
	.uleb128 Ltmp30-Ltmp29                  ##   Call between Ltmp29 and Ltmp30
	.uleb128 Ltmp31-Lfunc_begin0            ##     jumps to Ltmp31
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp32-Lfunc_begin0            ## >> Call Site 9 <<
	.uleb128 Ltmp33-Ltmp32                  ##   Call between Ltmp32 and Ltmp33
	.uleb128 Ltmp34-Lfunc_begin0            ##     jumps to Ltmp34
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp33-Lfunc_begin0            ## >> Call Site 10 <<
	.uleb128 Ltmp35-Ltmp33                  ##   Call between Ltmp33 and Ltmp35
	.byte	0                               ##     has no landing pad
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp35-Lfunc_begin0            ## >> Call Site 11 <<
	.uleb128 Ltmp36-Ltmp35                  ##   Call between Ltmp35 and Ltmp36
	.uleb128 Ltmp37-Lfunc_begin0            ##     jumps to Ltmp37
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp38-Lfunc_begin0            ## >> Call Site 12 <<
	.uleb128 Ltmp39-Ltmp38                  ##   Call between Ltmp38 and Ltmp39
	.uleb128 Ltmp40-Lfunc_begin0            ##     jumps to Ltmp40
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp39-Lfunc_begin0            ## >> Call Site 13 <<
	.uleb128 Ltmp41-Ltmp39                  ##   Call between Ltmp39 and Ltmp41
	.byte	0                               ##     has no landing pad
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp41-Lfunc_begin0            ## >> Call Site 14 <<
	.uleb128 Ltmp42-Ltmp41                  ##   Call between Ltmp41 and Ltmp42
	.uleb128 Ltmp43-Lfunc_begin0            ##     jumps to Ltmp43
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp44-Lfunc_begin0            ## >> Call Site 15 <<
	.uleb128 Ltmp47-Ltmp44                  ##   Call between Ltmp44 and Ltmp47
	.uleb128 Ltmp48-Lfunc_begin0            ##     jumps to Ltmp48
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp0-Lfunc_begin0             ## >> Call Site 16 <<
	.uleb128 Ltmp1-Ltmp0                    ##   Call between Ltmp0 and Ltmp1
	.uleb128 Ltmp2-Lfunc_begin0             ##     jumps to Ltmp2
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp1-Lfunc_begin0             ## >> Call Site 17 <<
	.uleb128 Lfunc_end0-Ltmp1               ##   Call between Ltmp1 and Lfunc_end0
	.byte	0                               ##     has no landing pad
	.byte	0                               ##   On action: cleanup
Lcst_end0:
	.p2align	2
                                        ## -- End function
	.section	__TEXT,__text,regular,pure_instructions
	.private_extern	___clang_call_terminate ## -- Begin function __clang_call_terminate
	.globl	___clang_call_terminate
	.weak_def_can_be_hidden	___clang_call_terminate
	.p2align	4, 0x90
___clang_call_terminate:                ## @__clang_call_terminate
## %bb.0:
	pushq	%rax
	callq	___cxa_begin_catch
	callq	__ZSt9terminatev
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE5flushEv
__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE5flushEv: ## @_ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE5flushEv
Lfunc_begin1:
	.cfi_startproc
	.cfi_personality 155, ___gxx_personality_v0
	.cfi_lsda 16, Lexception1
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r12
	pushq	%rbx
	subq	$16, %rsp
	.cfi_offset %rbx, -48
	.cfi_offset %r12, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	%rdi, %r12
	movl	$0, -40(%rbp)
Ltmp49:
	leaq	-40(%rbp), %rsi
	movl	$1, %edi
	callq	_pthread_setcancelstate
Ltmp50:
## %bb.1:
	movq	%r12, %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E13flush_retiredEPNS1_13retired_listsIS5_NSD_4linkENS0_8std_syncEE4listE
	movq	392(%r12), %r14
	movq	448(%r12), %r8
	testq	%r8, %r8
	je	LBB3_10
## %bb.2:
	movl	456(%r12), %edx
	testl	%edx, %edx
	je	LBB3_10
## %bb.3:
	leaq	-1(%rdx), %rsi
	movl	%edx, %eax
	andl	$3, %eax
	cmpq	$3, %rsi
	jae	LBB3_5
## %bb.4:
	xorl	%esi, %esi
	jmp	LBB3_7
LBB3_5:
	andl	$-4, %edx
	leaq	200(%r8), %rdi
	xorl	%esi, %esi
	.p2align	4, 0x90
LBB3_6:                                 ## =>This Inner Loop Header: Depth=1
	movq	-192(%rdi), %rcx
	addq	%r14, %rcx
	movq	-128(%rdi), %rbx
	addq	%rcx, %rbx
	movq	-64(%rdi), %rcx
	addq	%rbx, %rcx
	movq	(%rdi), %r14
	addq	%rcx, %r14
	addq	$4, %rsi
	addq	$256, %rdi                      ## imm = 0x100
	cmpq	%rsi, %rdx
	jne	LBB3_6
LBB3_7:
	testq	%rax, %rax
	je	LBB3_10
## %bb.8:
	shlq	$6, %rsi
	leaq	(%r8,%rsi), %rcx
	addq	$8, %rcx
	shlq	$6, %rax
	xorl	%edx, %edx
	.p2align	4, 0x90
LBB3_9:                                 ## =>This Inner Loop Header: Depth=1
	movq	(%rcx,%rdx), %rsi
	addq	%rsi, %r14
	addq	$64, %rdx
	cmpq	%rdx, %rax
	jne	LBB3_9
LBB3_10:
	movq	512(%r12), %r15
	movq	616(%r12), %rax
	testq	%rax, %rax
	je	LBB3_11
## %bb.12:
	movq	576(%r12), %rcx
	shlq	$6, %rax
	xorl	%edx, %edx
	xorl	%ebx, %ebx
	.p2align	4, 0x90
LBB3_13:                                ## =>This Inner Loop Header: Depth=1
	movq	16(%rcx,%rdx), %rsi
	cmpq	$2, %rsi
	sbbq	$-1, %rbx
	addq	$64, %rdx
	cmpq	%rdx, %rax
	jne	LBB3_13
	jmp	LBB3_14
LBB3_11:
	xorl	%ebx, %ebx
LBB3_14:
	movl	-40(%rbp), %edi
Ltmp52:
	leaq	-44(%rbp), %rsi
	callq	_pthread_setcancelstate
Ltmp53:
## %bb.15:
	xorl	%eax, %eax
	addq	%r14, %r15
	cmovnsq	%r15, %rax
	addq	%rax, %rbx
	movq	%rbx, %rax
	addq	$16, %rsp
	popq	%rbx
	popq	%r12
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB3_17:
Ltmp54:
	movq	%rax, %rdi
	callq	___clang_call_terminate
LBB3_16:
Ltmp51:
	movq	%rax, %rdi
	callq	___clang_call_terminate
Lfunc_end1:
	.cfi_endproc
	.section	__TEXT,__gcc_except_tab
	.p2align	2
GCC_except_table3:
Lexception1:
	.byte	255                             ## @LPStart Encoding = omit
	.byte	155                             ## @TType Encoding = indirect pcrel sdata4
	.uleb128 Lttbase0-Lttbaseref0
Lttbaseref0:
	.byte	1                               ## Call site Encoding = uleb128
	.uleb128 Lcst_end1-Lcst_begin1
Lcst_begin1:
	.uleb128 Ltmp49-Lfunc_begin1            ## >> Call Site 1 <<
	.uleb128 Ltmp50-Ltmp49                  ##   Call between Ltmp49 and Ltmp50
	.uleb128 Ltmp51-Lfunc_begin1            ##     jumps to Ltmp51
	.byte	1                               ##   On action: 1
	.uleb128 Ltmp52-Lfunc_begin1            ## >> Call Site 2 <<
	.uleb128 Ltmp53-Ltmp52                  ##   Call between Ltmp52 and Ltmp53
	.uleb128 Ltmp54-Lfunc_begin1            ##     jumps to Ltmp54
	.byte	1                               ##   On action: 1
Lcst_end1:
	.byte	1                               ## >> Action Record 1 <<
                                        ##   Catch TypeInfo 1
	.byte	0                               ##   No further actions
	.p2align	2
                                        ## >> Catch TypeInfos <<
	.long	0                               ## TypeInfo 1
Lttbase0:
	.p2align	2
                                        ## -- End function
	.section	__TEXT,__text,regular,pure_instructions
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE7collectEv
__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE7collectEv: ## @_ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE7collectEv
Lfunc_begin2:
	.cfi_startproc
	.cfi_personality 155, ___gxx_personality_v0
	.cfi_lsda 16, Lexception2
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r12
	pushq	%rbx
	subq	$80, %rsp
	.cfi_offset %rbx, -48
	.cfi_offset %r12, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	%rdi, %r14
	movl	$0, -40(%rbp)
Ltmp55:
	leaq	-40(%rbp), %rsi
	movl	$1, %edi
	callq	_pthread_setcancelstate
Ltmp56:
## %bb.1:
	xorps	%xmm0, %xmm0
	movups	%xmm0, -72(%rbp)
	movups	%xmm0, -88(%rbp)
	movq	$0, -56(%rbp)
	movaps	%xmm0, -112(%rbp)
	movb	$0, -96(%rbp)
	movq	616(%r14), %r12
	testq	%r12, %r12
	je	LBB4_2
## %bb.3:
	movq	576(%r14), %rbx
	shlq	$6, %r12
	leaq	-112(%rbp), %r15
	jmp	LBB4_4
	.p2align	4, 0x90
LBB4_8:                                 ##   in Loop: Header=BB4_4 Depth=1
	addq	$64, %rbx
	addq	$-64, %r12
	je	LBB4_9
LBB4_4:                                 ## =>This Inner Loop Header: Depth=1
	movq	16(%rbx), %rax
	cmpq	$2, %rax
	jb	LBB4_8
## %bb.5:                               ##   in Loop: Header=BB4_4 Depth=1
	movq	(%rbx), %rcx
	cmpq	%rcx, %rax
	je	LBB4_8
## %bb.6:                               ##   in Loop: Header=BB4_4 Depth=1
	movq	8(%rbx), %rax
	xorl	%edx, %edx
	testq	%rax, %rax
	setne	%dl
	xchgq	%rdx, 16(%rbx)
	cmpq	$2, %rdx
	jb	LBB4_8
## %bb.7:                               ##   in Loop: Header=BB4_4 Depth=1
	addq	$1, -64(%rbp)
	movq	%r15, %rdi
	movq	%rbx, %rsi
	callq	__ZN7lazyref4v0_26detail8handoverINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES5_NS0_8std_syncELNS0_7reclaimE0EE5carryERNS0_4slotIS5_S7_LS8_0EEEPS5_
	jmp	LBB4_8
LBB4_9:
	movq	-64(%rbp), %rbx
	jmp	LBB4_10
LBB4_2:
	xorl	%ebx, %ebx
LBB4_10:
	movq	128(%r14), %rax
	testq	%rax, %rax
	je	LBB4_12
## %bb.11:
	movl	136(%r14), %eax
LBB4_12:
	testq	%rbx, %rbx
	je	LBB4_14
## %bb.13:
	lock		addq	%rbx, 112(%r14)
LBB4_14:
	movl	-40(%rbp), %edi
Ltmp58:
	leaq	-112(%rbp), %rsi
	callq	_pthread_setcancelstate
Ltmp59:
## %bb.15:
	movq	%rbx, %rax
	addq	$80, %rsp
	popq	%rbx
	popq	%r12
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB4_17:
Ltmp60:
	movq	%rax, %rdi
	callq	___clang_call_terminate
LBB4_16:
Ltmp57:
	movq	%rax, %rdi
	callq	___clang_call_terminate
Lfunc_end2:
	.cfi_endproc
	.section	__TEXT,__gcc_except_tab
	.p2align	2
GCC_except_table4:
Lexception2:
	.byte	255                             ## @LPStart Encoding = omit
	.byte	155                             ## @TType Encoding = indirect pcrel sdata4
	.uleb128 Lttbase1-Lttbaseref1
Lttbaseref1:
	.byte	1                               ## Call site Encoding = uleb128
	.uleb128 Lcst_end2-Lcst_begin2
Lcst_begin2:
	.uleb128 Ltmp55-Lfunc_begin2            ## >> Call Site 1 <<
	.uleb128 Ltmp56-Ltmp55                  ##   Call between Ltmp55 and Ltmp56
	.uleb128 Ltmp57-Lfunc_begin2            ##     jumps to Ltmp57
	.byte	1                               ##   On action: 1
	.uleb128 Ltmp58-Lfunc_begin2            ## >> Call Site 2 <<
	.uleb128 Ltmp59-Ltmp58                  ##   Call between Ltmp58 and Ltmp59
	.uleb128 Ltmp60-Lfunc_begin2            ##     jumps to Ltmp60
	.byte	1                               ##   On action: 1
Lcst_end2:
	.byte	1                               ## >> Action Record 1 <<
                                        ##   Catch TypeInfo 1
	.byte	0                               ##   No further actions
	.p2align	2
                                        ## >> Catch TypeInfos <<
	.long	0                               ## TypeInfo 1
Lttbase1:
	.p2align	2
                                        ## -- End function
	.section	__TEXT,__text,regular,pure_instructions
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev
__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev: ## @_ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	subq	$72, %rsp
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	leaq	256(%rdi), %r15
	movq	%rdi, -48(%rbp)                 ## 8-byte Spill
	movb	$1, 457(%rdi)
	leaq	-88(%rbp), %r13
	leaq	-112(%rbp), %r12
	jmp	LBB5_1
LBB5_24:                                ##   in Loop: Header=BB5_1 Depth=1
	shlq	$6, %rsi
	movq	(%rax,%rsi), %rax
	testq	%rax, %rax
	sete	%cl
	.p2align	4, 0x90
LBB5_25:                                ##   in Loop: Header=BB5_1 Depth=1
	testb	%cl, %cl
	jne	LBB5_26
LBB5_1:                                 ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB5_3 Depth 2
                                        ##     Child Loop BB5_14 Depth 2
	movq	%r15, %rdi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE5flushEv
	xorps	%xmm0, %xmm0
	movups	%xmm0, 16(%r13)
	movups	%xmm0, (%r13)
	movq	$0, 32(%r13)
	movaps	%xmm0, -112(%rbp)
	movb	$0, -96(%rbp)
	movq	616(%r15), %r14
	testq	%r14, %r14
	je	LBB5_9
## %bb.2:                               ##   in Loop: Header=BB5_1 Depth=1
	movq	576(%r15), %rbx
	shlq	$6, %r14
	jmp	LBB5_3
	.p2align	4, 0x90
LBB5_7:                                 ##   in Loop: Header=BB5_3 Depth=2
	addq	$64, %rbx
	addq	$-64, %r14
	je	LBB5_8
LBB5_3:                                 ##   Parent Loop BB5_1 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	16(%rbx), %rax
	cmpq	$2, %rax
	jb	LBB5_7
## %bb.4:                               ##   in Loop: Header=BB5_3 Depth=2
	movq	(%rbx), %rcx
	cmpq	%rcx, %rax
	je	LBB5_7
## %bb.5:                               ##   in Loop: Header=BB5_3 Depth=2
	movq	8(%rbx), %rax
	xorl	%edx, %edx
	testq	%rax, %rax
	setne	%dl
	xchgq	%rdx, 16(%rbx)
	cmpq	$2, %rdx
	jb	LBB5_7
## %bb.6:                               ##   in Loop: Header=BB5_3 Depth=2
	addq	$1, -64(%rbp)
	movq	%r12, %rdi
	movq	%rbx, %rsi
	callq	__ZN7lazyref4v0_26detail8handoverINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES5_NS0_8std_syncELNS0_7reclaimE0EE5carryERNS0_4slotIS5_S7_LS8_0EEEPS5_
	jmp	LBB5_7
	.p2align	4, 0x90
LBB5_8:                                 ##   in Loop: Header=BB5_1 Depth=1
	cmpq	$0, -64(%rbp)
	jne	LBB5_1
LBB5_9:                                 ##   in Loop: Header=BB5_1 Depth=1
	movq	-48(%rbp), %rdx                 ## 8-byte Reload
	movq	640(%rdx), %rax
	testq	%rax, %rax
	sete	%cl
	movq	704(%rdx), %rax
	testq	%rax, %rax
	je	LBB5_25
## %bb.10:                              ##   in Loop: Header=BB5_1 Depth=1
	movl	712(%rdx), %edx
	testl	%edx, %edx
	je	LBB5_25
## %bb.11:                              ##   in Loop: Header=BB5_1 Depth=1
	cmpl	$1, %edx
	jne	LBB5_13
## %bb.12:                              ##   in Loop: Header=BB5_1 Depth=1
	xorl	%esi, %esi
LBB5_21:                                ##   in Loop: Header=BB5_1 Depth=1
	testb	$1, %dl
	je	LBB5_25
## %bb.22:                              ##   in Loop: Header=BB5_1 Depth=1
	testb	%cl, %cl
	jne	LBB5_24
## %bb.23:                              ##   in Loop: Header=BB5_1 Depth=1
	xorl	%ecx, %ecx
	jmp	LBB5_25
LBB5_13:                                ##   in Loop: Header=BB5_1 Depth=1
	movl	%edx, %edi
	andl	$-2, %edi
	leaq	64(%rax), %rbx
	xorl	%esi, %esi
	jmp	LBB5_14
	.p2align	4, 0x90
LBB5_19:                                ##   in Loop: Header=BB5_14 Depth=2
	movq	(%rbx), %rcx
	testq	%rcx, %rcx
	sete	%cl
LBB5_20:                                ##   in Loop: Header=BB5_14 Depth=2
	addq	$2, %rsi
	subq	$-128, %rbx
	cmpq	%rsi, %rdi
	je	LBB5_21
LBB5_14:                                ##   Parent Loop BB5_1 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	testb	%cl, %cl
	je	LBB5_15
## %bb.16:                              ##   in Loop: Header=BB5_14 Depth=2
	movq	-64(%rbx), %rcx
	testq	%rcx, %rcx
	sete	%cl
	testb	%cl, %cl
	jne	LBB5_19
	jmp	LBB5_18
	.p2align	4, 0x90
LBB5_15:                                ##   in Loop: Header=BB5_14 Depth=2
	xorl	%ecx, %ecx
	testb	%cl, %cl
	jne	LBB5_19
LBB5_18:                                ##   in Loop: Header=BB5_14 Depth=2
	xorl	%ecx, %ecx
	jmp	LBB5_20
LBB5_26:
	movq	-48(%rbp), %r12                 ## 8-byte Reload
	movq	872(%r12), %rax
	movq	832(%r12), %rdi
	testq	%rax, %rax
	je	LBB5_30
## %bb.27:
	shlq	$6, %rax
	xorl	%ecx, %ecx
	.p2align	4, 0x90
LBB5_28:                                ## =>This Inner Loop Header: Depth=1
	movl	48(%rdi,%rcx), %edx
	testb	$1, %dl
	jne	LBB5_69
## %bb.29:                              ##   in Loop: Header=BB5_28 Depth=1
	addq	$64, %rcx
	cmpq	%rcx, %rax
	jne	LBB5_28
LBB5_30:
	cmpb	$0, 456(%r12)
	jne	LBB5_46
## %bb.31:
	movq	328(%r12), %rax
	movq	384(%r12), %r8
	testq	%r8, %r8
	je	LBB5_40
## %bb.32:
	movl	392(%r12), %esi
	testl	%esi, %esi
	je	LBB5_40
## %bb.33:
	leaq	-1(%rsi), %rdi
	movl	%esi, %ecx
	andl	$3, %ecx
	cmpq	$3, %rdi
	jae	LBB5_35
## %bb.34:
	xorl	%edi, %edi
	jmp	LBB5_37
LBB5_35:
	andl	$-4, %esi
	leaq	200(%r8), %rbx
	xorl	%edi, %edi
	.p2align	4, 0x90
LBB5_36:                                ## =>This Inner Loop Header: Depth=1
	movq	-192(%rbx), %rdx
	addq	%rax, %rdx
	movq	-128(%rbx), %rax
	addq	%rdx, %rax
	movq	-64(%rbx), %rdx
	addq	%rax, %rdx
	movq	(%rbx), %rax
	addq	%rdx, %rax
	addq	$4, %rdi
	addq	$256, %rbx                      ## imm = 0x100
	cmpq	%rdi, %rsi
	jne	LBB5_36
LBB5_37:
	testq	%rcx, %rcx
	je	LBB5_40
## %bb.38:
	shlq	$6, %rdi
	leaq	(%r8,%rdi), %rdx
	addq	$8, %rdx
	shlq	$6, %rcx
	xorl	%esi, %esi
	.p2align	4, 0x90
LBB5_39:                                ## =>This Inner Loop Header: Depth=1
	movq	(%rdx,%rsi), %rdi
	addq	%rdi, %rax
	addq	$64, %rsi
	cmpq	%rsi, %rcx
	jne	LBB5_39
LBB5_40:
	movq	320(%r12), %rcx
	movq	336(%r12), %rdx
	movq	344(%r12), %rdx
	movq	352(%r12), %rdx
	movq	360(%r12), %rdx
	movq	368(%r12), %rdx
	movq	376(%r12), %rdx
	movq	384(%r12), %rdx
	testq	%rdx, %rdx
	je	LBB5_44
## %bb.41:
	movl	392(%r12), %esi
	testl	%esi, %esi
	je	LBB5_44
## %bb.42:
	shlq	$6, %rsi
	xorl	%edi, %edi
	.p2align	4, 0x90
LBB5_43:                                ## =>This Inner Loop Header: Depth=1
	movq	(%rdx,%rdi), %rbx
	addq	%rbx, %rcx
	movq	16(%rdx,%rdi), %rbx
	movq	24(%rdx,%rdi), %rbx
	movq	32(%rdx,%rdi), %rbx
	movq	40(%rdx,%rdi), %rbx
	movq	48(%rdx,%rdi), %rbx
	movq	56(%rdx,%rdi), %rbx
	addq	$64, %rdi
	cmpq	%rdi, %rsi
	jne	LBB5_43
LBB5_44:
	cmpq	%rcx, %rax
	jne	LBB5_70
## %bb.45:
	movq	832(%r12), %rdi
LBB5_46:
	leaq	__ZTVN7lazyref4v0_26detail11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE+16(%rip), %rax
	movq	%rax, (%r15)
	testq	%rdi, %rdi
	je	LBB5_48
## %bb.47:
	movl	$64, %esi
	callq	__ZdaPvSt11align_val_t
LBB5_48:
	movq	$0, 832(%r12)
	leaq	__ZTVN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_EE+16(%rip), %rax
	movq	%rax, 256(%r12)
	movq	704(%r12), %rdi
	testq	%rdi, %rdi
	je	LBB5_50
## %bb.49:
	movl	$64, %esi
	callq	__ZdaPvSt11align_val_t
LBB5_50:
	movq	$-168, %rbx
	jmp	LBB5_51
	.p2align	4, 0x90
LBB5_56:                                ##   in Loop: Header=BB5_51 Depth=1
	movq	$0, 32(%r14)
	movq	%r14, %rdi
	callq	__ZdlPv
LBB5_57:                                ##   in Loop: Header=BB5_51 Depth=1
	addq	$8, %rbx
	je	LBB5_58
LBB5_51:                                ## =>This Inner Loop Header: Depth=1
	movq	632(%r12,%rbx), %r14
	testq	%r14, %r14
	je	LBB5_57
## %bb.52:                              ##   in Loop: Header=BB5_51 Depth=1
	movq	40(%r14), %rdi
	testq	%rdi, %rdi
	je	LBB5_54
## %bb.53:                              ##   in Loop: Header=BB5_51 Depth=1
	callq	__ZdaPv
LBB5_54:                                ##   in Loop: Header=BB5_51 Depth=1
	movq	$0, 40(%r14)
	movq	32(%r14), %rdi
	testq	%rdi, %rdi
	je	LBB5_56
## %bb.55:                              ##   in Loop: Header=BB5_51 Depth=1
	callq	__ZdaPv
	jmp	LBB5_56
LBB5_58:
	leaq	__ZTVN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EEE+16(%rip), %rax
	movq	%rax, 256(%r12)
	movq	384(%r12), %rdi
	testq	%rdi, %rdi
	je	LBB5_60
## %bb.59:
	movl	$64, %esi
	callq	__ZdaPvSt11align_val_t
LBB5_60:
	leaq	192(%r12), %rdi
	callq	__ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE4tellEv
	movq	232(%r12), %rdi
	testq	%rdi, %rdi
	je	LBB5_62
## %bb.61:
	callq	__ZdaPv
LBB5_62:
	movq	$0, 232(%r12)
	movq	224(%r12), %rdi
	testq	%rdi, %rdi
	je	LBB5_64
## %bb.63:
	callq	__ZdaPv
LBB5_64:
	movq	$0, 224(%r12)
	movq	216(%r12), %rdi
	testq	%rdi, %rdi
	je	LBB5_66
## %bb.65:
	callq	__ZdaPv
LBB5_66:
	movq	$0, 216(%r12)
	movq	184(%r12), %rdi
	testq	%rdi, %rdi
	je	LBB5_68
## %bb.67:
	movl	$64, %esi
	callq	__ZdaPvSt11align_val_t
LBB5_68:
	movq	$0, 184(%r12)
	addq	$16, %r12
	movq	%r12, %rdi
	addq	$72, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	jmp	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEED2Ev ## TAILCALL
LBB5_69:
	movq	(%rdi,%rcx), %rax
	testq	%rax, %rax
	leaq	L_.str.99(%rip), %rax
	leaq	L_.str.98(%rip), %rdi
	cmoveq	%rax, %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB5_70:
	leaq	L_.str.97(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE7reclaimEPS3_
__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE7reclaimEPS3_: ## @_ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE7reclaimEPS3_
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	subq	$16, %rsp
	movq	40(%rsi), %rdx
	movq	48(%rsi), %rax
	movq	%rax, -16(%rbp)
	subq	184(%rdi), %rsi
	sarq	$6, %rsi
	movq	%rsi, -8(%rbp)
	cmpq	$0, 200(%rdi)
	je	LBB6_5
## %bb.1:
	movq	232(%rdi), %r8
	leaq	(%rsi,%rsi,2), %rsi
	shlq	$4, %rsi
	cmpq	$0, (%r8,%rsi)
	je	LBB6_5
## %bb.2:
	leaq	(%r8,%rsi), %rcx
	movups	-16(%rbp), %xmm0
	movups	%xmm0, 24(%r8,%rsi)
	movq	%rdx, 16(%r8,%rsi)
	movq	240(%rdi), %rax
	movq	%rax, 40(%r8,%rsi)
	lock		cmpxchgq	%rcx, 240(%rdi)
	je	LBB6_6
## %bb.3:
	leaq	(%r8,%rsi), %rdx
	addq	$40, %rdx
	.p2align	4, 0x90
LBB6_4:                                 ## =>This Inner Loop Header: Depth=1
	movq	%rax, (%rdx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	jne	LBB6_4
	jmp	LBB6_6
LBB6_5:
	addq	$16, %rdi
	leaq	-16(%rbp), %rsi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
LBB6_6:
	addq	$16, %rsp
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.globl	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEEC2ERKNS0_17code_space_limitsENS0_12code_mappingE ## -- Begin function _ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEEC2ERKNS0_17code_space_limitsENS0_12code_mappingE
	.weak_def_can_be_hidden	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEEC2ERKNS0_17code_space_limitsENS0_12code_mappingE
	.p2align	4, 0x90
__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEEC2ERKNS0_17code_space_limitsENS0_12code_mappingE: ## @_ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEEC2ERKNS0_17code_space_limitsENS0_12code_mappingE
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	subq	$24, %rsp
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	%rsi, %r15
	movq	%rdi, %r13
	movb	%dl, (%rdi)
	testl	%edx, %edx
	movl	$64, %eax
	movl	$4096, %edx                     ## imm = 0x1000
	cmoveq	%rax, %rdx
	movl	$6, %eax
	movl	$12, %ecx
	cmovel	%eax, %ecx
	movq	%rdx, 8(%rdi)
	movl	$4095, %r14d                    ## imm = 0xFFF
	addq	(%rsi), %r14
	andq	$-4096, %r14                    ## imm = 0xF000
	movq	%r14, 16(%rdi)
	movb	$0, 24(%rdi)
	movl	$0, 32(%rdi)
	movq	%r14, -64(%rbp)                 ## 8-byte Spill
                                        ## kill: def $cl killed $cl killed $ecx
	shrq	%cl, %r14
	leaq	L_.str.31(%rip), %rax
	movq	%rax, 40(%rdi)
	xorps	%xmm0, %xmm0
	movups	%xmm0, 48(%rdi)
	movups	%xmm0, 64(%rdi)
	movups	%xmm0, 80(%rdi)
	movups	%xmm0, 96(%rdi)
	movq	$0, 112(%rdi)
	movq	%r14, 120(%rdi)
	movq	%r14, %rax
	shrq	$6, %rax
	xorl	%ebx, %ebx
	andq	$63, %r14
	setne	%bl
	addq	%rax, %rbx
	movq	%rbx, 128(%rdi)
	leaq	(,%rbx,8), %r12
	movq	__ZSt7nothrow@GOTPCREL(%rip), %rsi
	movq	%r12, %rdi
	callq	__ZnamRKSt9nothrow_t
	testq	%rax, %rax
	je	LBB7_1
## %bb.2:
	movq	%rax, %rdi
	movq	%r12, %rsi
	movq	%rax, -56(%rbp)                 ## 8-byte Spill
	callq	___bzero
	movq	-56(%rbp), %rdx                 ## 8-byte Reload
	movq	%rdx, 136(%r13)
	testq	%r14, %r14
	je	LBB7_4
## %bb.3:
	movq	$-1, %rax
	movl	%r14d, %ecx
	shlq	%cl, %rax
	movq	%rax, -8(%rdx,%rbx,8)
	jmp	LBB7_4
LBB7_1:
	movq	$0, 136(%r13)
	xorl	%eax, %eax
	movq	%rax, -56(%rbp)                 ## 8-byte Spill
LBB7_4:
	movq	%r15, -48(%rbp)                 ## 8-byte Spill
	movq	8(%r15), %rbx
	movq	%rbx, 144(%r13)
	movq	%rbx, %rax
	shrq	$6, %rax
	xorl	%r15d, %r15d
	andq	$63, %rbx
	setne	%r15b
	addq	%rax, %r15
	movq	%r15, 152(%r13)
	leaq	(,%r15,8), %r14
	movq	__ZSt7nothrow@GOTPCREL(%rip), %rsi
	movq	%r14, %rdi
	callq	__ZnamRKSt9nothrow_t
	testq	%rax, %rax
	je	LBB7_5
## %bb.6:
	movq	%rax, %r12
	movq	%rax, %rdi
	movq	%r14, %rsi
	callq	___bzero
	movq	%r12, 160(%r13)
	testq	%rbx, %rbx
	je	LBB7_8
## %bb.7:
	movq	$-1, %rax
	movl	%ebx, %ecx
	shlq	%cl, %rax
	movq	%rax, -8(%r12,%r15,8)
	jmp	LBB7_8
LBB7_5:
	movq	$0, 160(%r13)
	xorl	%r12d, %r12d
LBB7_8:
	movq	-48(%rbp), %rax                 ## 8-byte Reload
	movq	(%rax), %rdx
	leaq	L_.str.30(%rip), %rcx
	movl	$22, %eax
	testq	%rdx, %rdx
	je	LBB7_11
## %bb.9:
	cmpq	%rdx, -64(%rbp)                 ## 8-byte Folded Reload
	jb	LBB7_11
## %bb.10:
	cmpq	$0, -56(%rbp)                   ## 8-byte Folded Reload
	setne	%al
	testq	%r12, %r12
	setne	%cl
	testb	%cl, %al
	movl	$95, %ecx
	movl	$12, %eax
	cmovnel	%ecx, %eax
	leaq	L_.str.28(%rip), %rdx
	leaq	L_.str.32(%rip), %rcx
	cmovneq	%rdx, %rcx
LBB7_11:
	movl	%eax, 32(%r13)
	movq	%rcx, 40(%r13)
	addq	$24, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E14last_user_leftEPS5_
__ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E14last_user_leftEPS5_: ## @_ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E14last_user_leftEPS5_
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	subq	$72, %rsp
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	%rsi, %r15
	movq	%rdi, %r14
	movq	192(%rdi), %rax
	movb	(%rax), %al
	cmpb	$1, %al
	je	LBB8_2
## %bb.1:
	mfence
LBB8_2:
	## InlineAsm Start
	## InlineAsm End
	movb	202(%r14), %al
	testb	%al, %al
	je	LBB8_5
## %bb.3:
	movq	192(%r14), %rdi
	movl	$5, %esi
	callq	__ZN7lazyref4v0_26detail10fence_coreINS1_11std_atomicsENS1_9os_kernelEE9try_heavyESt12memory_order
	testl	%eax, %eax
	je	LBB8_5
## %bb.4:
	cmpb	$0, 201(%r14)
	je	LBB8_32
LBB8_5:
	movb	528(%r14), %al
	testb	$1, %al
	je	LBB8_7
## %bb.6:
	movq	%r14, %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E13flush_retiredEPNS1_13retired_listsIS5_NSD_4linkENS0_8std_syncEE4listE
LBB8_7:
	movq	%r15, -104(%rbp)
	movq	$0, -96(%rbp)
	movb	$0, -88(%rbp)
	xorps	%xmm0, %xmm0
	movups	%xmm0, -80(%rbp)
	movups	%xmm0, -64(%rbp)
	movq	$0, -48(%rbp)
	movq	616(%r14), %r13
	testq	%r13, %r13
	je	LBB8_8
## %bb.9:
	movq	576(%r14), %rbx
	shlq	$6, %r13
	xorl	%r12d, %r12d
	jmp	LBB8_10
	.p2align	4, 0x90
LBB8_14:                                ##   in Loop: Header=BB8_10 Depth=1
	addq	$-1, %rax
	movq	%rax, -96(%rbp)
	leaq	-104(%rbp), %rdi
	movq	%rbx, %rsi
	callq	__ZN7lazyref4v0_26detail8handoverINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES5_NS0_8std_syncELNS0_7reclaimE0EE5leaveERNS0_4slotIS5_S7_LS8_0EEEPS5_
LBB8_15:                                ##   in Loop: Header=BB8_10 Depth=1
	addq	$64, %rbx
	addq	$-1, %r12
	addq	$-64, %r13
	je	LBB8_16
LBB8_10:                                ## =>This Inner Loop Header: Depth=1
	movq	(%rbx), %rax
	andq	$-2, %rax
	cmpq	%r15, %rax
	jne	LBB8_15
## %bb.11:                              ##   in Loop: Header=BB8_10 Depth=1
	movq	-104(%rbp), %rdx
	movq	-96(%rbp), %rax
	testq	%rax, %rax
	jne	LBB8_14
## %bb.12:                              ##   in Loop: Header=BB8_10 Depth=1
	movl	$1024, %ecx                     ## imm = 0x400
	lock		xaddl	%ecx, 4(%rdx)
	testl	%ecx, %ecx
	je	LBB8_33
## %bb.13:                              ##   in Loop: Header=BB8_10 Depth=1
	movl	$1024, %eax                     ## imm = 0x400
	cmpl	$2147482624, %ecx               ## imm = 0x7FFFFC00
	jb	LBB8_14
## %bb.34:
	leaq	L_.str.49(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB8_16:
	movq	-80(%rbp), %rax
	subq	%r12, %rax
	jmp	LBB8_17
LBB8_8:
	xorl	%eax, %eax
LBB8_17:
	movq	%rax, -80(%rbp)
	movq	128(%r14), %rax
	testq	%rax, %rax
	je	LBB8_19
## %bb.18:
	movl	136(%r14), %eax
LBB8_19:
	lock		addq	$1, 80(%r14)
	movq	-80(%rbp), %rax
	testq	%rax, %rax
	je	LBB8_21
## %bb.20:
	lock		addq	%rax, 88(%r14)
LBB8_21:
	movq	-72(%rbp), %rax
	testq	%rax, %rax
	je	LBB8_23
## %bb.22:
	lock		addq	%rax, 96(%r14)
LBB8_23:
	movq	-64(%rbp), %rax
	testq	%rax, %rax
	je	LBB8_25
## %bb.24:
	lock		addq	%rax, 104(%r14)
LBB8_25:
	movq	-56(%rbp), %rax
	testq	%rax, %rax
	je	LBB8_27
## %bb.26:
	lock		addq	%rax, 112(%r14)
LBB8_27:
	movq	-48(%rbp), %rax
	testq	%rax, %rax
	je	LBB8_29
## %bb.28:
	lock		addq	%rax, 120(%r14)
LBB8_29:
	movq	-96(%rbp), %rax
	addq	$1, %rax
	movq	8(%r15), %rdi
	movl	%eax, %ecx
	negl	%ecx
	lock		xaddl	%ecx, 4(%r15)
	cmpq	%rcx, %rax
	ja	LBB8_35
## %bb.30:
	jne	LBB8_31
## %bb.36:
	movq	(%rdi), %rax
	movq	8(%rax), %rax
	movq	%r15, %rsi
	addq	$72, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	jmpq	*%rax                           ## TAILCALL
LBB8_31:
	addq	$72, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB8_32:
	movq	$0, 16(%r15)
	addq	$384, %r14                      ## imm = 0x180
	movq	%r14, %rdi
	movq	%r15, %rsi
	xorl	%edx, %edx
	addq	$72, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	jmp	__ZN7lazyref4v0_26detail13retired_listsIN12_GLOBAL__N_18functionENS1_12reclaim_coreINS1_11domain_coreIS4_NS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES4_SC_E4linkENS0_8std_syncEE8put_backEPS4_m ## TAILCALL
LBB8_33:
	leaq	L_.str.48(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB8_35:
	leaq	L_.str.50(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EE14last_hold_leftEPS4_
__ZN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EE14last_hold_leftEPS4_: ## @_ZN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EE14last_hold_leftEPS4_
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rbx
	pushq	%rax
	.cfi_offset %rbx, -24
	movq	%rdi, %rbx
	movq	24(%rsi), %rdi
	testq	%rdi, %rdi
	je	LBB9_5
## %bb.1:
	cmpq	$0, 32(%rsi)
	je	LBB9_5
## %bb.2:
	movq	(%rdi), %rax
	callq	*(%rax)
	movq	128(%rbx), %rax
	testq	%rax, %rax
	je	LBB9_4
## %bb.3:
	movl	136(%rbx), %eax
LBB9_4:
	lock		addq	$1, 72(%rbx)
	addq	$8, %rsp
	popq	%rbx
	popq	%rbp
	retq
LBB9_5:
	leaq	L_.str.51(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_endproc
                                        ## -- End function
	.globl	__ZN7lazyref4v0_28std_sync4cpusEv ## -- Begin function _ZN7lazyref4v0_28std_sync4cpusEv
	.weak_def_can_be_hidden	__ZN7lazyref4v0_28std_sync4cpusEv
	.p2align	4, 0x90
__ZN7lazyref4v0_28std_sync4cpusEv:      ## @_ZN7lazyref4v0_28std_sync4cpusEv
Lfunc_begin3:
	.cfi_startproc
	.cfi_personality 155, ___gxx_personality_v0
	.cfi_lsda 16, Lexception3
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rbx
	subq	$24, %rsp
	.cfi_offset %rbx, -24
	movq	__ZN7lazyref4v0_26detail9cpus_seenE(%rip), %rax
	testq	%rax, %rax
	jne	LBB10_4
## %bb.1:
	movl	$0, -16(%rbp)
Ltmp61:
	leaq	-16(%rbp), %rsi
	movl	$1, %edi
	callq	_pthread_setcancelstate
Ltmp62:
## %bb.2:
	movl	$83, %edi
	callq	_sysconf
	movq	%rax, %rbx
	movl	-16(%rbp), %edi
Ltmp64:
	leaq	-20(%rbp), %rsi
	callq	_pthread_setcancelstate
Ltmp65:
## %bb.3:
	xorl	%ecx, %ecx
	testq	%rbx, %rbx
	cmovnsq	%rbx, %rcx
	movl	$1, %eax
	cmovgq	%rcx, %rax
	movq	%rax, __ZN7lazyref4v0_26detail9cpus_seenE(%rip)
LBB10_4:
	addq	$24, %rsp
	popq	%rbx
	popq	%rbp
	retq
LBB10_6:
Ltmp66:
	movq	%rax, %rdi
	callq	___clang_call_terminate
LBB10_5:
Ltmp63:
	movq	%rax, %rdi
	callq	___clang_call_terminate
Lfunc_end3:
	.cfi_endproc
	.section	__TEXT,__gcc_except_tab
	.p2align	2
GCC_except_table10:
Lexception3:
	.byte	255                             ## @LPStart Encoding = omit
	.byte	155                             ## @TType Encoding = indirect pcrel sdata4
	.uleb128 Lttbase2-Lttbaseref2
Lttbaseref2:
	.byte	1                               ## Call site Encoding = uleb128
	.uleb128 Lcst_end3-Lcst_begin3
Lcst_begin3:
	.uleb128 Ltmp61-Lfunc_begin3            ## >> Call Site 1 <<
	.uleb128 Ltmp62-Ltmp61                  ##   Call between Ltmp61 and Ltmp62
	.uleb128 Ltmp63-Lfunc_begin3            ##     jumps to Ltmp63
	.byte	1                               ##   On action: 1
	.uleb128 Ltmp64-Lfunc_begin3            ## >> Call Site 2 <<
	.uleb128 Ltmp65-Ltmp64                  ##   Call between Ltmp64 and Ltmp65
	.uleb128 Ltmp66-Lfunc_begin3            ##     jumps to Ltmp66
	.byte	1                               ##   On action: 1
Lcst_end3:
	.byte	1                               ## >> Action Record 1 <<
                                        ##   Catch TypeInfo 1
	.byte	0                               ##   No further actions
	.p2align	2
                                        ## >> Catch TypeInfos <<
	.long	0                               ## TypeInfo 1
Lttbase2:
	.p2align	2
                                        ## -- End function
	.section	__TEXT,__text,regular,pure_instructions
	.globl	__ZN7lazyref4v0_26detail15no_cancellationC1Ev ## -- Begin function _ZN7lazyref4v0_26detail15no_cancellationC1Ev
	.weak_def_can_be_hidden	__ZN7lazyref4v0_26detail15no_cancellationC1Ev
	.p2align	4, 0x90
__ZN7lazyref4v0_26detail15no_cancellationC1Ev: ## @_ZN7lazyref4v0_26detail15no_cancellationC1Ev
Lfunc_begin4:
	.cfi_startproc
	.cfi_personality 155, ___gxx_personality_v0
	.cfi_lsda 16, Lexception4
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	movq	%rdi, %rsi
	movl	$0, (%rdi)
Ltmp67:
	movl	$1, %edi
	callq	_pthread_setcancelstate
Ltmp68:
## %bb.1:
	popq	%rbp
	retq
LBB11_2:
Ltmp69:
	movq	%rax, %rdi
	callq	___clang_call_terminate
Lfunc_end4:
	.cfi_endproc
	.section	__TEXT,__gcc_except_tab
	.p2align	2
GCC_except_table11:
Lexception4:
	.byte	255                             ## @LPStart Encoding = omit
	.byte	155                             ## @TType Encoding = indirect pcrel sdata4
	.uleb128 Lttbase3-Lttbaseref3
Lttbaseref3:
	.byte	1                               ## Call site Encoding = uleb128
	.uleb128 Lcst_end4-Lcst_begin4
Lcst_begin4:
	.uleb128 Ltmp67-Lfunc_begin4            ## >> Call Site 1 <<
	.uleb128 Ltmp68-Ltmp67                  ##   Call between Ltmp67 and Ltmp68
	.uleb128 Ltmp69-Lfunc_begin4            ##     jumps to Ltmp69
	.byte	1                               ##   On action: 1
Lcst_end4:
	.byte	1                               ## >> Action Record 1 <<
                                        ##   Catch TypeInfo 1
	.byte	0                               ##   No further actions
	.p2align	2
                                        ## >> Catch TypeInfos <<
	.long	0                               ## TypeInfo 1
Lttbase3:
	.p2align	2
                                        ## -- End function
	.section	__TEXT,__text,regular,pure_instructions
	.globl	__ZN7lazyref4v0_26detail15no_cancellationD1Ev ## -- Begin function _ZN7lazyref4v0_26detail15no_cancellationD1Ev
	.weak_def_can_be_hidden	__ZN7lazyref4v0_26detail15no_cancellationD1Ev
	.p2align	4, 0x90
__ZN7lazyref4v0_26detail15no_cancellationD1Ev: ## @_ZN7lazyref4v0_26detail15no_cancellationD1Ev
Lfunc_begin5:
	.cfi_startproc
	.cfi_personality 155, ___gxx_personality_v0
	.cfi_lsda 16, Lexception5
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	subq	$16, %rsp
	movl	(%rdi), %edi
Ltmp70:
	leaq	-4(%rbp), %rsi
	callq	_pthread_setcancelstate
Ltmp71:
## %bb.1:
	addq	$16, %rsp
	popq	%rbp
	retq
LBB12_2:
Ltmp72:
	movq	%rax, %rdi
	callq	___clang_call_terminate
Lfunc_end5:
	.cfi_endproc
	.section	__TEXT,__gcc_except_tab
	.p2align	2
GCC_except_table12:
Lexception5:
	.byte	255                             ## @LPStart Encoding = omit
	.byte	155                             ## @TType Encoding = indirect pcrel sdata4
	.uleb128 Lttbase4-Lttbaseref4
Lttbaseref4:
	.byte	1                               ## Call site Encoding = uleb128
	.uleb128 Lcst_end5-Lcst_begin5
Lcst_begin5:
	.uleb128 Ltmp70-Lfunc_begin5            ## >> Call Site 1 <<
	.uleb128 Ltmp71-Ltmp70                  ##   Call between Ltmp70 and Ltmp71
	.uleb128 Ltmp72-Lfunc_begin5            ##     jumps to Ltmp72
	.byte	1                               ##   On action: 1
Lcst_end5:
	.byte	1                               ## >> Action Record 1 <<
                                        ##   Catch TypeInfo 1
	.byte	0                               ##   No further actions
	.p2align	2
                                        ## >> Catch TypeInfos <<
	.long	0                               ## TypeInfo 1
Lttbase4:
	.p2align	2
                                        ## -- End function
	.section	__TEXT,__text,regular,pure_instructions
	.globl	__ZN7lazyref4v0_26detail20no_memory_for_domainEv ## -- Begin function _ZN7lazyref4v0_26detail20no_memory_for_domainEv
	.weak_def_can_be_hidden	__ZN7lazyref4v0_26detail20no_memory_for_domainEv
__ZN7lazyref4v0_26detail20no_memory_for_domainEv: ## @_ZN7lazyref4v0_26detail20no_memory_for_domainEv
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	leaq	L_.str.34(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_endproc
                                        ## -- End function
	.globl	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci ## -- Begin function _ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.weak_def_can_be_hidden	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
__ZN7lazyref4v0_26detail15call_fatal_hookEPKci: ## @_ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	movq	__ZN7lazyref4v0_26detail21current_fatal_handlerE@GOTPCREL(%rip), %rax
	movq	(%rax), %rax
	testq	%rax, %rax
	jne	LBB14_2
## %bb.1:
	movq	__ZN7lazyref4v0_26detail21default_fatal_handlerEPKci@GOTPCREL(%rip), %rax
LBB14_2:
	callq	*%rax
	callq	_abort
	.cfi_endproc
                                        ## -- End function
	.globl	__ZN7lazyref4v0_26detail21default_fatal_handlerEPKci ## -- Begin function _ZN7lazyref4v0_26detail21default_fatal_handlerEPKci
	.weak_def_can_be_hidden	__ZN7lazyref4v0_26detail21default_fatal_handlerEPKci
	.p2align	4, 0x90
__ZN7lazyref4v0_26detail21default_fatal_handlerEPKci: ## @_ZN7lazyref4v0_26detail21default_fatal_handlerEPKci
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r14
	pushq	%rbx
	.cfi_offset %rbx, -32
	.cfi_offset %r14, -24
	movq	%rdi, %rbx
	movq	_stderr@GOTPCREL(%rip), %r14
	movq	(%r14), %rcx
	leaq	L_.str.35(%rip), %rdi
	movl	$9, %esi
	movl	$1, %edx
	callq	_fwrite
	movq	(%r14), %rsi
	movq	%rbx, %rdi
	callq	_fputs
	movq	(%r14), %rsi
	movl	$10, %edi
	popq	%rbx
	popq	%r14
	popq	%rbp
	jmp	_fputc                          ## TAILCALL
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_26detail11scan_memoryIN12_GLOBAL__N_18functionENS0_4slotIS4_NS0_8std_syncELNS0_7reclaimE0EEES6_Lj7EE8bits_forEm
__ZN7lazyref4v0_26detail11scan_memoryIN12_GLOBAL__N_18functionENS0_4slotIS4_NS0_8std_syncELNS0_7reclaimE0EEES6_Lj7EE8bits_forEm: ## @_ZN7lazyref4v0_26detail11scan_memoryIN12_GLOBAL__N_18functionENS0_4slotIS4_NS0_8std_syncELNS0_7reclaimE0EEES6_Lj7EE8bits_forEm
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	movl	$1, %eax
	cmpq	$2, %rdi
	jb	LBB16_27
## %bb.1:
	movl	$2, %eax
	je	LBB16_27
## %bb.2:
	movl	$3, %eax
	cmpq	$5, %rdi
	jb	LBB16_27
## %bb.3:
	movl	$4, %eax
	cmpq	$9, %rdi
	jb	LBB16_27
## %bb.4:
	movl	$5, %eax
	cmpq	$17, %rdi
	jb	LBB16_27
## %bb.5:
	movl	$6, %eax
	cmpq	$33, %rdi
	jb	LBB16_27
## %bb.6:
	movl	$7, %eax
	cmpq	$65, %rdi
	jb	LBB16_27
## %bb.7:
	movl	$8, %eax
	cmpq	$129, %rdi
	jb	LBB16_27
## %bb.8:
	movl	$9, %eax
	cmpq	$257, %rdi                      ## imm = 0x101
	jb	LBB16_27
## %bb.9:
	movl	$10, %eax
	cmpq	$513, %rdi                      ## imm = 0x201
	jb	LBB16_27
## %bb.10:
	movl	$11, %eax
	cmpq	$1025, %rdi                     ## imm = 0x401
	jb	LBB16_27
## %bb.11:
	movl	$12, %eax
	cmpq	$2049, %rdi                     ## imm = 0x801
	jb	LBB16_27
## %bb.12:
	movl	$13, %eax
	cmpq	$4097, %rdi                     ## imm = 0x1001
	jb	LBB16_27
## %bb.13:
	movl	$14, %eax
	cmpq	$8193, %rdi                     ## imm = 0x2001
	jb	LBB16_27
## %bb.14:
	movl	$15, %eax
	cmpq	$16385, %rdi                    ## imm = 0x4001
	jb	LBB16_27
## %bb.15:
	movl	$16, %eax
	cmpq	$32769, %rdi                    ## imm = 0x8001
	jb	LBB16_27
## %bb.16:
	movl	$17, %eax
	cmpq	$65537, %rdi                    ## imm = 0x10001
	jb	LBB16_27
## %bb.17:
	movl	$18, %eax
	cmpq	$131073, %rdi                   ## imm = 0x20001
	jb	LBB16_27
## %bb.18:
	movl	$19, %eax
	cmpq	$262145, %rdi                   ## imm = 0x40001
	jb	LBB16_27
## %bb.19:
	movl	$20, %eax
	cmpq	$524289, %rdi                   ## imm = 0x80001
	jb	LBB16_27
## %bb.20:
	movl	$21, %eax
	cmpq	$1048577, %rdi                  ## imm = 0x100001
	jb	LBB16_27
## %bb.21:
	movl	$22, %eax
	cmpq	$2097153, %rdi                  ## imm = 0x200001
	jb	LBB16_27
## %bb.22:
	movl	$23, %eax
	cmpq	$4194305, %rdi                  ## imm = 0x400001
	jb	LBB16_27
## %bb.23:
	movl	$24, %eax
	cmpq	$8388609, %rdi                  ## imm = 0x800001
	jb	LBB16_27
## %bb.24:
	movl	$25, %eax
	cmpq	$16777217, %rdi                 ## imm = 0x1000001
	jb	LBB16_27
## %bb.25:
	movl	$26, %eax
	cmpq	$33554433, %rdi                 ## imm = 0x2000001
	jb	LBB16_27
## %bb.26:
	cmpq	$67108865, %rdi                 ## imm = 0x4000001
	movl	$27, %eax
	sbbl	$-1, %eax
LBB16_27:
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.p2align	1, 0x90                         ## -- Begin function _ZN7lazyref4v0_26detail13retired_listsIN12_GLOBAL__N_18functionENS1_12reclaim_coreINS1_11domain_coreIS4_NS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES4_SC_E4linkENS0_8std_syncEE8put_backEPS4_m
__ZN7lazyref4v0_26detail13retired_listsIN12_GLOBAL__N_18functionENS1_12reclaim_coreINS1_11domain_coreIS4_NS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES4_SC_E4linkENS0_8std_syncEE8put_backEPS4_m: ## @_ZN7lazyref4v0_26detail13retired_listsIN12_GLOBAL__N_18functionENS1_12reclaim_coreINS1_11domain_coreIS4_NS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES4_SC_E4linkENS0_8std_syncEE8put_backEPS4_m
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	xorl	%ecx, %ecx
	movq	%rsi, %rax
LBB17_1:                                ## =>This Inner Loop Header: Depth=1
	movq	%rax, %r8
	movq	16(%rax), %rax
	incq	%rcx
	testq	%rax, %rax
	jne	LBB17_1
## %bb.2:
	movq	64(%rdi), %rax
	testq	%rax, %rax
	je	LBB17_4
## %bb.3:
	movl	72(%rdi), %eax
LBB17_4:
	movq	8(%rdi), %rax
	addq	%rcx, %rax
	addq	%rax, %rax
	movq	%rax, 32(%rdi)
	movb	$1, 144(%rdi)
	movq	(%rdi), %rax
LBB17_5:                                ## =>This Inner Loop Header: Depth=1
	movq	%rax, 16(%r8)
	lock		cmpxchgq	%rsi, (%rdi)
	jne	LBB17_5
## %bb.6:
	lock		addq	%rcx, 8(%rdi)
	lock		addq	%rdx, 16(%rdi)
	movq	%rcx, %rax
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.section	__TEXT,__literal16,16byte_literals
	.p2align	4                               ## -- Begin function _ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E13flush_retiredEPNS1_13retired_listsIS5_NSD_4linkENS0_8std_syncEE4listE
LCPI18_0:
	.space	16
	.section	__TEXT,__text,regular,pure_instructions
	.p2align	4, 0x90
__ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E13flush_retiredEPNS1_13retired_listsIS5_NSD_4linkENS0_8std_syncEE4listE: ## @_ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E13flush_retiredEPNS1_13retired_listsIS5_NSD_4linkENS0_8std_syncEE4listE
Lfunc_begin6:
	.cfi_startproc
	.cfi_personality 155, ___gxx_personality_v0
	.cfi_lsda 16, Lexception6
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	subq	$3336, %rsp                     ## imm = 0xD08
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	%rsi, %r13
	movq	%rdi, %r15
	movq	___stack_chk_guard@GOTPCREL(%rip), %rax
	movq	(%rax), %rax
	movq	%rax, -48(%rbp)
	movl	$0, -3160(%rbp)
Ltmp73:
	leaq	-3160(%rbp), %rsi
	movl	$1, %edi
	callq	_pthread_setcancelstate
Ltmp74:
## %bb.1:
	leaq	384(%r15), %rsi
	movq	%rsi, -3240(%rbp)
	movq	__ZN7lazyref4v0_26detail18this_threads_flushE@TLVP(%rip), %rdi
	callq	*(%rdi)
	movq	(%rax), %rax
	movq	%rax, -3232(%rbp)
	movb	$0, -3223(%rbp)
	testq	%rax, %rax
	je	LBB18_6
## %bb.2:
	xorl	%ecx, %ecx
	jmp	LBB18_3
	.p2align	4, 0x90
LBB18_4:                                ##   in Loop: Header=BB18_3 Depth=1
	movq	%rcx, %rdx
LBB18_5:                                ##   in Loop: Header=BB18_3 Depth=1
	movq	8(%rax), %rax
	movq	%rdx, %rcx
	testq	%rax, %rax
	je	LBB18_6
LBB18_3:                                ## =>This Inner Loop Header: Depth=1
	cmpq	%rsi, (%rax)
	jne	LBB18_4
## %bb.7:                               ##   in Loop: Header=BB18_3 Depth=1
	movq	%rax, %rdx
	testq	%rcx, %rcx
	je	LBB18_5
## %bb.8:
	movb	$1, 16(%rcx)
	testq	%r13, %r13
	sete	%al
	orb	%al, 17(%rcx)
	jmp	LBB18_161
LBB18_6:
	movq	%rsi, -3192(%rbp)               ## 8-byte Spill
	movq	__ZN7lazyref4v0_26detail18this_threads_flushE@TLVP(%rip), %rdi
	callq	*(%rdi)
	leaq	-3240(%rbp), %rcx
	movq	%rcx, (%rax)
	testq	%r13, %r13
	sete	-3128(%rbp)                     ## 1-byte Folded Spill
	sete	-3223(%rbp)
	leaq	208(%r15), %rax
	movq	%rax, -3288(%rbp)               ## 8-byte Spill
	leaq	-2096(%rbp), %rsi
	movq	%r15, -3200(%rbp)               ## 8-byte Spill
	.p2align	4, 0x90
LBB18_10:                               ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB18_22 Depth 2
                                        ##     Child Loop BB18_29 Depth 2
                                        ##       Child Loop BB18_41 Depth 3
                                        ##       Child Loop BB18_48 Depth 3
                                        ##     Child Loop BB18_61 Depth 2
                                        ##     Child Loop BB18_73 Depth 2
                                        ##     Child Loop BB18_76 Depth 2
                                        ##     Child Loop BB18_80 Depth 2
                                        ##       Child Loop BB18_103 Depth 3
                                        ##       Child Loop BB18_87 Depth 3
                                        ##       Child Loop BB18_92 Depth 3
                                        ##       Child Loop BB18_98 Depth 3
                                        ##       Child Loop BB18_106 Depth 3
                                        ##       Child Loop BB18_111 Depth 3
                                        ##     Child Loop BB18_122 Depth 2
                                        ##       Child Loop BB18_126 Depth 3
                                        ##       Child Loop BB18_131 Depth 3
	movb	$0, -3224(%rbp)
	xorps	%xmm0, %xmm0
	movaps	%xmm0, -2096(%rbp)
	movl	$1, %edi
	callq	_clock_gettime
	imulq	$1000000000, -2096(%rbp), %rax  ## imm = 0x3B9ACA00
	addq	-2088(%rbp), %rax
	movq	%rax, -3176(%rbp)               ## 8-byte Spill
	testq	%r13, %r13
	je	LBB18_12
## %bb.11:                              ##   in Loop: Header=BB18_10 Depth=1
	movl	$0, %r14d
	movl	$0, %r12d
	movq	-3192(%rbp), %rdx               ## 8-byte Reload
	cmpq	%rdx, %r13
	jne	LBB18_26
	jmp	LBB18_15
	.p2align	4, 0x90
LBB18_12:                               ##   in Loop: Header=BB18_10 Depth=1
	cmpb	$0, -3128(%rbp)                 ## 1-byte Folded Reload
	movq	-3192(%rbp), %rdx               ## 8-byte Reload
	jne	LBB18_15
## %bb.13:                              ##   in Loop: Header=BB18_10 Depth=1
	movq	616(%r15), %rax
	cmpq	$8193, %rax                     ## imm = 0x2001
	movl	$8192, %ecx                     ## imm = 0x2000
	cmovbq	%rcx, %rax
	movq	392(%r15), %rcx
	cmpq	%rax, %rcx
	jge	LBB18_15
## %bb.14:                              ##   in Loop: Header=BB18_10 Depth=1
	movq	400(%r15), %rax
	movl	$0, %r14d
	movl	$0, %r12d
	cmpq	$1048576, %rax                  ## imm = 0x100000
	jb	LBB18_26
	.p2align	4, 0x90
LBB18_15:                               ##   in Loop: Header=BB18_10 Depth=1
	movq	392(%r15), %rcx
	movq	416(%r15), %rax
	testq	%rax, %rax
	je	LBB18_17
## %bb.16:                              ##   in Loop: Header=BB18_10 Depth=1
	movq	$0, 416(%r15)
LBB18_17:                               ##   in Loop: Header=BB18_10 Depth=1
	testq	%rcx, %rcx
	movl	$0, %esi
	jne	LBB18_20
## %bb.18:                              ##   in Loop: Header=BB18_10 Depth=1
	movq	(%rdx), %rax
	testq	%rax, %rax
	je	LBB18_19
LBB18_20:                               ##   in Loop: Header=BB18_10 Depth=1
	lock		addq	%rcx, 512(%r15)
	movq	%rcx, %rax
	lock		cmpxchgq	%rsi, 392(%r15)
	je	LBB18_23
## %bb.21:                              ##   in Loop: Header=BB18_10 Depth=1
	movq	%rax, %rdx
	.p2align	4, 0x90
LBB18_22:                               ##   Parent Loop BB18_10 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	%rdx, %rax
	subq	%rcx, %rax
	lock		addq	%rax, 512(%r15)
	movq	%rdx, %rax
	lock		cmpxchgq	%rsi, 392(%r15)
	movq	%rdx, %rcx
	movq	%rax, %rdx
	jne	LBB18_22
LBB18_23:                               ##   in Loop: Header=BB18_10 Depth=1
	movq	400(%r15), %rax
	xorl	%r14d, %r14d
	testq	%rax, %rax
	je	LBB18_25
## %bb.24:                              ##   in Loop: Header=BB18_10 Depth=1
	xchgq	%r14, 400(%r15)
LBB18_25:                               ##   in Loop: Header=BB18_10 Depth=1
	xorl	%r12d, %r12d
	xchgq	%r12, 384(%r15)
	movq	$0, 408(%r15)
	movq	-3176(%rbp), %rax               ## 8-byte Reload
	movq	%rax, 424(%r15)
LBB18_26:                               ##   in Loop: Header=BB18_10 Depth=1
	movq	448(%r15), %r10
	testq	%r10, %r10
	je	LBB18_53
## %bb.27:                              ##   in Loop: Header=BB18_10 Depth=1
	movl	456(%r15), %r8d
	testl	%r8d, %r8d
	je	LBB18_53
## %bb.28:                              ##   in Loop: Header=BB18_10 Depth=1
	xorl	%r11d, %r11d
	jmp	LBB18_29
	.p2align	4, 0x90
LBB18_50:                               ##   in Loop: Header=BB18_29 Depth=2
	movq	%rcx, %r12
LBB18_51:                               ##   in Loop: Header=BB18_29 Depth=2
	addq	%rax, %r14
LBB18_52:                               ##   in Loop: Header=BB18_29 Depth=2
	addq	$1, %r11
	cmpq	%r8, %r11
	je	LBB18_53
LBB18_29:                               ##   Parent Loop BB18_10 Depth=1
                                        ## =>  This Loop Header: Depth=2
                                        ##       Child Loop BB18_41 Depth 3
                                        ##       Child Loop BB18_48 Depth 3
	movq	%r11, %rbx
	shlq	$6, %rbx
	leaq	(%r10,%rbx), %r9
	testq	%r13, %r13
	je	LBB18_31
## %bb.30:                              ##   in Loop: Header=BB18_29 Depth=2
	cmpq	%r9, %r13
	jne	LBB18_52
	jmp	LBB18_34
	.p2align	4, 0x90
LBB18_31:                               ##   in Loop: Header=BB18_29 Depth=2
	cmpb	$0, -3128(%rbp)                 ## 1-byte Folded Reload
	jne	LBB18_34
## %bb.32:                              ##   in Loop: Header=BB18_29 Depth=2
	movq	616(%r15), %rax
	cmpq	$8193, %rax                     ## imm = 0x2001
	movl	$8192, %ecx                     ## imm = 0x2000
	cmovbq	%rcx, %rax
	movq	8(%r10,%rbx), %rcx
	cmpq	%rax, %rcx
	jge	LBB18_34
## %bb.33:                              ##   in Loop: Header=BB18_29 Depth=2
	movq	16(%r10,%rbx), %rax
	cmpq	$1048576, %rax                  ## imm = 0x100000
	jb	LBB18_52
	.p2align	4, 0x90
LBB18_34:                               ##   in Loop: Header=BB18_29 Depth=2
	movq	8(%r10,%rbx), %rcx
	movq	32(%r10,%rbx), %rax
	testq	%rax, %rax
	je	LBB18_36
## %bb.35:                              ##   in Loop: Header=BB18_29 Depth=2
	leaq	(%r10,%rbx), %rax
	addq	$32, %rax
	movq	$0, (%rax)
LBB18_36:                               ##   in Loop: Header=BB18_29 Depth=2
	testq	%rcx, %rcx
	jne	LBB18_39
## %bb.37:                              ##   in Loop: Header=BB18_29 Depth=2
	movq	(%r9), %rax
	testq	%rax, %rax
	je	LBB18_38
LBB18_39:                               ##   in Loop: Header=BB18_29 Depth=2
	lock		addq	%rcx, 512(%r15)
	leaq	(%r10,%rbx), %rsi
	addq	$8, %rsi
	movq	%rcx, %rax
	xorl	%edi, %edi
	lock		cmpxchgq	%rdi, (%rsi)
	je	LBB18_42
## %bb.40:                              ##   in Loop: Header=BB18_29 Depth=2
	movq	%rax, %rdx
	.p2align	4, 0x90
LBB18_41:                               ##   Parent Loop BB18_10 Depth=1
                                        ##     Parent Loop BB18_29 Depth=2
                                        ## =>    This Inner Loop Header: Depth=3
	movq	%rdx, %rax
	subq	%rcx, %rax
	lock		addq	%rax, 512(%r15)
	movq	%rdx, %rax
	lock		cmpxchgq	%rdi, (%rsi)
	movq	%rdx, %rcx
	movq	%rax, %rdx
	jne	LBB18_41
LBB18_42:                               ##   in Loop: Header=BB18_29 Depth=2
	movq	16(%r10,%rbx), %rax
	testq	%rax, %rax
	je	LBB18_43
## %bb.44:                              ##   in Loop: Header=BB18_29 Depth=2
	leaq	(%r10,%rbx), %rcx
	addq	$16, %rcx
	xorl	%eax, %eax
	xchgq	%rax, (%rcx)
	jmp	LBB18_45
LBB18_43:                               ##   in Loop: Header=BB18_29 Depth=2
	xorl	%eax, %eax
LBB18_45:                               ##   in Loop: Header=BB18_29 Depth=2
	xorl	%ecx, %ecx
	xchgq	%rcx, (%r9)
	movq	$0, 24(%r10,%rbx)
	movq	-3176(%rbp), %rdx               ## 8-byte Reload
	movq	%rdx, 40(%r10,%rbx)
	testq	%rcx, %rcx
	je	LBB18_51
## %bb.46:                              ##   in Loop: Header=BB18_29 Depth=2
	testq	%r12, %r12
	je	LBB18_50
## %bb.47:                              ##   in Loop: Header=BB18_29 Depth=2
	movq	%rcx, %rsi
	.p2align	4, 0x90
LBB18_48:                               ##   Parent Loop BB18_10 Depth=1
                                        ##     Parent Loop BB18_29 Depth=2
                                        ## =>    This Inner Loop Header: Depth=3
	movq	%rsi, %rdx
	movq	16(%rsi), %rsi
	testq	%rsi, %rsi
	jne	LBB18_48
## %bb.49:                              ##   in Loop: Header=BB18_29 Depth=2
	movq	%r12, 16(%rdx)
	jmp	LBB18_50
LBB18_38:                               ##   in Loop: Header=BB18_29 Depth=2
	xorl	%eax, %eax
	jmp	LBB18_51
	.p2align	4, 0x90
LBB18_53:                               ##   in Loop: Header=BB18_10 Depth=1
	testq	%r12, %r12
	je	LBB18_160
## %bb.54:                              ##   in Loop: Header=BB18_10 Depth=1
	movq	192(%r15), %rax
	movb	(%rax), %al
	cmpb	$1, %al
	je	LBB18_56
## %bb.55:                              ##   in Loop: Header=BB18_10 Depth=1
	mfence
LBB18_56:                               ##   in Loop: Header=BB18_10 Depth=1
	## InlineAsm Start
	## InlineAsm End
	movb	202(%r15), %al
	testb	%al, %al
	je	LBB18_59
## %bb.57:                              ##   in Loop: Header=BB18_10 Depth=1
	movq	192(%r15), %rdi
	movl	$5, %esi
	callq	__ZN7lazyref4v0_26detail10fence_coreINS1_11std_atomicsENS1_9os_kernelEE9try_heavyESt12memory_order
	testl	%eax, %eax
	je	LBB18_59
## %bb.58:                              ##   in Loop: Header=BB18_10 Depth=1
	cmpb	$0, 201(%r15)
	je	LBB18_168
LBB18_59:                               ##   in Loop: Header=BB18_10 Depth=1
	movq	616(%r15), %rdi
	callq	__ZN7lazyref4v0_26detail11scan_memoryIN12_GLOBAL__N_18functionENS0_4slotIS4_NS0_8std_syncELNS0_7reclaimE0EEES6_Lj7EE8bits_forEm
	cmpl	$8, %eax
	jb	LBB18_165
## %bb.60:                              ##   in Loop: Header=BB18_10 Depth=1
	movl	%eax, %ecx
	addl	$-8, %ecx
	movq	-3288(%rbp), %rdx               ## 8-byte Reload
	leaq	(%rdx,%rcx,8), %rcx
	leaq	-2096(%rbp), %rsi
	.p2align	4, 0x90
LBB18_61:                               ##   Parent Loop BB18_10 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	(%rcx), %r14
	testq	%r14, %r14
	je	LBB18_63
## %bb.62:                              ##   in Loop: Header=BB18_61 Depth=2
	movb	$1, %dl
	xchgb	%dl, 48(%r14)
	testb	$1, %dl
	je	LBB18_64
LBB18_63:                               ##   in Loop: Header=BB18_61 Depth=2
	xorl	%r14d, %r14d
LBB18_64:                               ##   in Loop: Header=BB18_61 Depth=2
	addl	$-1, %eax
	testq	%r14, %r14
	jne	LBB18_66
## %bb.65:                              ##   in Loop: Header=BB18_61 Depth=2
	addq	$-8, %rcx
	cmpl	$7, %eax
	ja	LBB18_61
LBB18_66:                               ##   in Loop: Header=BB18_10 Depth=1
	movq	%rsi, -3216(%rbp)
	leaq	-3120(%rbp), %rcx
	movq	%rcx, -3208(%rbp)
	movl	%eax, -3136(%rbp)
	movq	$0, -3264(%rbp)
	testq	%r14, %r14
	je	LBB18_67
## %bb.69:                              ##   in Loop: Header=BB18_10 Depth=1
	leaq	16(%r14), %rax
	movq	%rax, -3152(%rbp)               ## 8-byte Spill
	movl	16(%r14), %eax
	movq	(%r14), %rdx
	xorl	%r13d, %r13d
	movq	%r14, -3144(%rbp)               ## 8-byte Spill
	jmp	LBB18_70
	.p2align	4, 0x90
LBB18_165:                              ##   in Loop: Header=BB18_10 Depth=1
	leaq	-2096(%rbp), %rdx
	movq	%rdx, -3216(%rbp)
	leaq	-3120(%rbp), %rcx
	movq	%rcx, -3208(%rbp)
	movl	%eax, -3136(%rbp)
	movq	$0, -3264(%rbp)
	movb	$1, %r13b
	jmp	LBB18_68
LBB18_67:                               ##   in Loop: Header=BB18_10 Depth=1
	movb	$1, %r13b
	movq	%rsi, %rdx
LBB18_68:                               ##   in Loop: Header=BB18_10 Depth=1
	leaq	-3136(%rbp), %rcx
	movq	%rcx, -3152(%rbp)               ## 8-byte Spill
	xorl	%r14d, %r14d
	leaq	-3216(%rbp), %rcx
	movq	%rcx, -3144(%rbp)               ## 8-byte Spill
LBB18_70:                               ##   in Loop: Header=BB18_10 Depth=1
	movl	$1, %esi
	movl	%eax, %ecx
	shlq	%cl, %rsi
	cmpl	$2, %eax
	jb	LBB18_71
## %bb.72:                              ##   in Loop: Header=BB18_10 Depth=1
	movq	%rsi, %rdi
	andq	$-4, %rdi
	leaq	48(%rdx), %rbx
	xorl	%ecx, %ecx
	.p2align	4, 0x90
LBB18_73:                               ##   Parent Loop BB18_10 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	$0, -48(%rbx)
	movq	$0, -32(%rbx)
	movq	$0, -16(%rbx)
	movq	$0, (%rbx)
	addq	$4, %rcx
	addq	$64, %rbx
	cmpq	%rcx, %rdi
	jne	LBB18_73
## %bb.74:                              ##   in Loop: Header=BB18_10 Depth=1
	cmpl	$1, %eax
	jbe	LBB18_75
	jmp	LBB18_77
	.p2align	4, 0x90
LBB18_71:                               ##   in Loop: Header=BB18_10 Depth=1
	xorl	%ecx, %ecx
	cmpl	$1, %eax
	ja	LBB18_77
LBB18_75:                               ##   in Loop: Header=BB18_10 Depth=1
	andl	$3, %esi
	shlq	$4, %rcx
	addq	%rcx, %rdx
	.p2align	4, 0x90
LBB18_76:                               ##   Parent Loop BB18_10 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	$0, (%rdx)
	addq	$16, %rdx
	addq	$-1, %rsi
	jne	LBB18_76
LBB18_77:                               ##   in Loop: Header=BB18_10 Depth=1
	leaq	24(%r14), %rcx
	testb	%r13b, %r13b
	leaq	-3264(%rbp), %rax
	cmovneq	%rax, %rcx
	movq	%rcx, -3128(%rbp)               ## 8-byte Spill
	movq	$0, (%rcx)
	leaq	-3352(%rbp), %rax
	xorps	%xmm0, %xmm0
	movups	%xmm0, 16(%rax)
	movups	%xmm0, (%rax)
	movq	$0, 32(%rax)
	movaps	%xmm0, -3376(%rbp)
	movb	$0, -3360(%rbp)
	movq	616(%r15), %rcx
	testq	%rcx, %rcx
	movq	%r14, -3248(%rbp)               ## 8-byte Spill
	movl	%r13d, -3164(%rbp)              ## 4-byte Spill
	je	LBB18_78
## %bb.79:                              ##   in Loop: Header=BB18_10 Depth=1
	movq	576(%r15), %rdx
	shlq	$6, %rcx
	addq	%rdx, %rcx
	movl	%r13d, %eax
	leaq	8(%r14), %r13
	testb	%al, %al
	leaq	-3208(%rbp), %rax
	cmovneq	%rax, %r13
	xorl	%eax, %eax
	movq	%rcx, -3296(%rbp)               ## 8-byte Spill
	jmp	LBB18_80
	.p2align	4, 0x90
LBB18_113:                              ##   in Loop: Header=BB18_80 Depth=2
	testq	%rcx, %rcx
	je	LBB18_114
## %bb.115:                             ##   in Loop: Header=BB18_80 Depth=2
	movq	%rdi, %rax
	shlq	$4, %rax
	movl	8(%rdx,%rax), %r8d
LBB18_116:                              ##   in Loop: Header=BB18_80 Depth=2
	shlq	$4, %rdi
	movq	(%r13), %rcx
	movq	%rsi, %rbx
	shlq	$4, %rbx
	movq	-3184(%rbp), %rax               ## 8-byte Reload
	movq	%rax, (%rcx,%rbx)
	movl	%r8d, 8(%rcx,%rbx)
	addq	$1, %rsi
	movq	%r14, (%rdx,%rdi)
	movl	%esi, 8(%rdx,%rdi)
	movq	%rax, %rdx
	movq	-3128(%rbp), %rax               ## 8-byte Reload
	movq	%rsi, (%rax)
	movq	-3296(%rbp), %rcx               ## 8-byte Reload
	movq	-3304(%rbp), %rax               ## 8-byte Reload
LBB18_117:                              ##   in Loop: Header=BB18_80 Depth=2
	addq	$1, %rax
	addq	$64, %rdx
	cmpq	%rcx, %rdx
	je	LBB18_118
LBB18_80:                               ##   Parent Loop BB18_10 Depth=1
                                        ## =>  This Loop Header: Depth=2
                                        ##       Child Loop BB18_103 Depth 3
                                        ##       Child Loop BB18_87 Depth 3
                                        ##       Child Loop BB18_92 Depth 3
                                        ##       Child Loop BB18_98 Depth 3
                                        ##       Child Loop BB18_106 Depth 3
                                        ##       Child Loop BB18_111 Depth 3
	movq	(%rdx), %rdi
	movq	%rdi, %r14
	andq	$-2, %r14
	je	LBB18_117
## %bb.81:                              ##   in Loop: Header=BB18_80 Depth=2
	movq	%rax, -3304(%rbp)               ## 8-byte Spill
	movq	%rdx, -3184(%rbp)               ## 8-byte Spill
	movq	-3152(%rbp), %rax               ## 8-byte Reload
	movl	(%rax), %eax
	movl	$1, %edx
	movl	%eax, %ecx
	shlq	%cl, %rdx
	movq	-3128(%rbp), %rcx               ## 8-byte Reload
	movq	(%rcx), %rsi
	shrq	%rdx
	cmpq	%rdx, %rsi
	jne	LBB18_94
## %bb.82:                              ##   in Loop: Header=BB18_80 Depth=2
	movq	%rdi, -3256(%rbp)               ## 8-byte Spill
	movq	%r12, %rbx
	testq	%rsi, %rsi
	je	LBB18_103
	.p2align	4, 0x90
LBB18_84:                               ##   in Loop: Header=BB18_80 Depth=2
	movq	%rbx, %rax
	shrq	$4, %rax
	imull	$-1640531527, %eax, %edx        ## imm = 0x9E3779B9
	movq	-3152(%rbp), %rax               ## 8-byte Reload
	movl	(%rax), %eax
	movl	%eax, %ecx
	negb	%cl
	shrl	%cl, %edx
	movq	-3144(%rbp), %rcx               ## 8-byte Reload
	movq	(%rcx), %rsi
	movq	%rdx, %rcx
	shlq	$4, %rcx
	movq	(%rsi,%rcx), %rcx
	testq	%rcx, %rcx
	je	LBB18_89
## %bb.85:                              ##   in Loop: Header=BB18_80 Depth=2
	cmpq	%rbx, %rcx
	je	LBB18_89
## %bb.86:                              ##   in Loop: Header=BB18_80 Depth=2
	movq	$-1, %rdi
	movl	%eax, %ecx
	shlq	%cl, %rdi
	notq	%rdi
	.p2align	4, 0x90
LBB18_87:                               ##   Parent Loop BB18_10 Depth=1
                                        ##     Parent Loop BB18_80 Depth=2
                                        ## =>    This Inner Loop Header: Depth=3
	addq	$1, %rdx
	andq	%rdi, %rdx
	movq	%rdx, %rax
	shlq	$4, %rax
	movq	(%rsi,%rax), %rcx
	testq	%rcx, %rcx
	je	LBB18_89
## %bb.88:                              ##   in Loop: Header=BB18_87 Depth=3
	cmpq	%rbx, %rcx
	jne	LBB18_87
LBB18_89:                               ##   in Loop: Header=BB18_80 Depth=2
	testq	%rcx, %rcx
	je	LBB18_103
## %bb.90:                              ##   in Loop: Header=BB18_80 Depth=2
	shlq	$4, %rdx
	movl	8(%rsi,%rdx), %r15d
	testl	%r15d, %r15d
	je	LBB18_103
## %bb.91:                              ##   in Loop: Header=BB18_80 Depth=2
	movq	(%r13), %rax
	.p2align	4, 0x90
LBB18_92:                               ##   Parent Loop BB18_10 Depth=1
                                        ##     Parent Loop BB18_80 Depth=2
                                        ## =>    This Inner Loop Header: Depth=3
	addl	$-1, %r15d
	shlq	$4, %r15
	movq	(%rax,%r15), %rsi
	movl	$1, %eax
	lock		xaddl	%eax, 4(%rbx)
	testl	%eax, %eax
	je	LBB18_93
## %bb.101:                             ##   in Loop: Header=BB18_92 Depth=3
	cmpl	$2147483647, %eax               ## imm = 0x7FFFFFFF
	jae	LBB18_166
## %bb.102:                             ##   in Loop: Header=BB18_92 Depth=3
	leaq	-3376(%rbp), %rdi
	movq	%rbx, %rdx
	callq	__ZN7lazyref4v0_26detail8handoverINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES5_NS0_8std_syncELNS0_7reclaimE0EE5leaveERNS0_4slotIS5_S7_LS8_0EEEPS5_
	movq	(%r13), %rax
	movl	8(%rax,%r15), %r15d
	testl	%r15d, %r15d
	jne	LBB18_92
LBB18_103:                              ##   Parent Loop BB18_10 Depth=1
                                        ##     Parent Loop BB18_80 Depth=2
                                        ## =>    This Inner Loop Header: Depth=3
	movq	16(%rbx), %rbx
	testq	%rbx, %rbx
	je	LBB18_95
## %bb.104:                             ##   in Loop: Header=BB18_103 Depth=3
	movq	-3128(%rbp), %rax               ## 8-byte Reload
	movq	(%rax), %rsi
	testq	%rsi, %rsi
	jne	LBB18_84
	jmp	LBB18_103
	.p2align	4, 0x90
LBB18_94:                               ##   in Loop: Header=BB18_80 Depth=2
	movq	-3144(%rbp), %rcx               ## 8-byte Reload
	movq	(%rcx), %rdx
	jmp	LBB18_108
	.p2align	4, 0x90
LBB18_95:                               ##   in Loop: Header=BB18_80 Depth=2
	movq	-3152(%rbp), %rax               ## 8-byte Reload
	movl	(%rax), %eax
	movl	$1, %esi
	movl	%eax, %ecx
	shlq	%cl, %rsi
	movq	-3144(%rbp), %rcx               ## 8-byte Reload
	movq	(%rcx), %rdx
	cmpl	$2, %eax
	jb	LBB18_96
## %bb.97:                              ##   in Loop: Header=BB18_80 Depth=2
	movq	%rsi, %rdi
	andq	$-4, %rdi
	leaq	48(%rdx), %rbx
	xorl	%ecx, %ecx
	movq	-3200(%rbp), %r15               ## 8-byte Reload
	.p2align	4, 0x90
LBB18_98:                               ##   Parent Loop BB18_10 Depth=1
                                        ##     Parent Loop BB18_80 Depth=2
                                        ## =>    This Inner Loop Header: Depth=3
	movq	$0, -48(%rbx)
	movq	$0, -32(%rbx)
	movq	$0, -16(%rbx)
	movq	$0, (%rbx)
	addq	$4, %rcx
	addq	$64, %rbx
	cmpq	%rcx, %rdi
	jne	LBB18_98
## %bb.99:                              ##   in Loop: Header=BB18_80 Depth=2
	cmpl	$1, %eax
	jbe	LBB18_105
LBB18_100:                              ##   in Loop: Header=BB18_80 Depth=2
	xorl	%esi, %esi
	movq	-3256(%rbp), %rdi               ## 8-byte Reload
	jmp	LBB18_108
	.p2align	4, 0x90
LBB18_114:                              ##   in Loop: Header=BB18_80 Depth=2
	xorl	%r8d, %r8d
	jmp	LBB18_116
LBB18_96:                               ##   in Loop: Header=BB18_80 Depth=2
	xorl	%ecx, %ecx
	movq	-3200(%rbp), %r15               ## 8-byte Reload
	cmpl	$1, %eax
	ja	LBB18_100
LBB18_105:                              ##   in Loop: Header=BB18_80 Depth=2
	andl	$3, %esi
	shlq	$4, %rcx
	addq	%rdx, %rcx
	movq	-3256(%rbp), %rdi               ## 8-byte Reload
	.p2align	4, 0x90
LBB18_106:                              ##   Parent Loop BB18_10 Depth=1
                                        ##     Parent Loop BB18_80 Depth=2
                                        ## =>    This Inner Loop Header: Depth=3
	movq	$0, (%rcx)
	addq	$16, %rcx
	addq	$-1, %rsi
	jne	LBB18_106
## %bb.107:                             ##   in Loop: Header=BB18_80 Depth=2
	xorl	%esi, %esi
LBB18_108:                              ##   in Loop: Header=BB18_80 Depth=2
	shrq	$4, %rdi
	imull	$-1640531527, %edi, %edi        ## imm = 0x9E3779B9
	movl	%eax, %ecx
	negb	%cl
	shrl	%cl, %edi
	movq	%rdi, %rcx
	shlq	$4, %rcx
	movq	(%rdx,%rcx), %rcx
	testq	%rcx, %rcx
	je	LBB18_113
## %bb.109:                             ##   in Loop: Header=BB18_80 Depth=2
	cmpq	%r14, %rcx
	je	LBB18_113
## %bb.110:                             ##   in Loop: Header=BB18_80 Depth=2
	movq	$-1, %rbx
	movl	%eax, %ecx
	shlq	%cl, %rbx
	notq	%rbx
	.p2align	4, 0x90
LBB18_111:                              ##   Parent Loop BB18_10 Depth=1
                                        ##     Parent Loop BB18_80 Depth=2
                                        ## =>    This Inner Loop Header: Depth=3
	addq	$1, %rdi
	andq	%rbx, %rdi
	movq	%rdi, %rax
	shlq	$4, %rax
	movq	(%rdx,%rax), %rcx
	testq	%rcx, %rcx
	je	LBB18_113
## %bb.112:                             ##   in Loop: Header=BB18_111 Depth=3
	cmpq	%r14, %rcx
	jne	LBB18_111
	jmp	LBB18_113
	.p2align	4, 0x90
LBB18_118:                              ##   in Loop: Header=BB18_10 Depth=1
	addq	-3352(%rbp), %rax
	movq	-3248(%rbp), %r14               ## 8-byte Reload
	movl	-3164(%rbp), %r13d              ## 4-byte Reload
	jmp	LBB18_119
	.p2align	4, 0x90
LBB18_78:                               ##   in Loop: Header=BB18_10 Depth=1
	xorl	%eax, %eax
LBB18_119:                              ##   in Loop: Header=BB18_10 Depth=1
	movq	%rax, -3352(%rbp)
	xorps	%xmm0, %xmm0
	movaps	%xmm0, -3280(%rbp)
	movl	$1, %edi
	leaq	-3280(%rbp), %rsi
	callq	_clock_gettime
	imulq	$1000000000, -3280(%rbp), %rax  ## imm = 0x3B9ACA00
	movq	-3272(%rbp), %rcx
	subq	-3176(%rbp), %rcx               ## 8-byte Folded Reload
	addq	%rax, %rcx
	movq	520(%r15), %rax
	leaq	(%rax,%rax), %rdx
	addq	$1024, %rdx                     ## imm = 0x400
	cmpq	%rcx, %rdx
	cmovbeq	%rdx, %rcx
	addq	%rax, %rcx
	shrq	%rcx
	movq	%rcx, 520(%r15)
	movb	528(%r15), %al
	testb	$1, %al
	je	LBB18_121
## %bb.120:                             ##   in Loop: Header=BB18_10 Depth=1
	movb	$0, 528(%r15)
	movw	$257, -3224(%rbp)               ## imm = 0x101
LBB18_121:                              ##   in Loop: Header=BB18_10 Depth=1
	leaq	8(%r14), %r15
	testb	%r13b, %r13b
	leaq	-3208(%rbp), %rax
	cmovneq	%rax, %r15
	xorl	%r13d, %r13d
	xorl	%eax, %eax
	movq	%rax, -3184(%rbp)               ## 8-byte Spill
	jmp	LBB18_122
	.p2align	4, 0x90
LBB18_135:                              ##   in Loop: Header=BB18_122 Depth=2
	movl	$-1, %eax
	lock		xaddl	%eax, 4(%r12)
	cmpl	$1, %eax
	je	LBB18_139
## %bb.136:                             ##   in Loop: Header=BB18_122 Depth=2
	testl	%eax, %eax
	je	LBB18_137
LBB18_142:                              ##   in Loop: Header=BB18_122 Depth=2
	addq	$1, %r13
	movq	%r14, %r12
	testq	%r14, %r14
	je	LBB18_143
LBB18_122:                              ##   Parent Loop BB18_10 Depth=1
                                        ## =>  This Loop Header: Depth=2
                                        ##       Child Loop BB18_126 Depth 3
                                        ##       Child Loop BB18_131 Depth 3
	movq	16(%r12), %r14
	movq	-3128(%rbp), %rax               ## 8-byte Reload
	cmpq	$0, (%rax)
	je	LBB18_134
## %bb.123:                             ##   in Loop: Header=BB18_122 Depth=2
	movq	%r12, %rax
	shrq	$4, %rax
	imull	$-1640531527, %eax, %edx        ## imm = 0x9E3779B9
	movq	-3152(%rbp), %rax               ## 8-byte Reload
	movl	(%rax), %eax
	movl	%eax, %ecx
	negb	%cl
	shrl	%cl, %edx
	movq	-3144(%rbp), %rcx               ## 8-byte Reload
	movq	(%rcx), %rsi
	movq	%rdx, %rcx
	shlq	$4, %rcx
	movq	(%rsi,%rcx), %rcx
	testq	%rcx, %rcx
	je	LBB18_128
## %bb.124:                             ##   in Loop: Header=BB18_122 Depth=2
	cmpq	%r12, %rcx
	je	LBB18_128
## %bb.125:                             ##   in Loop: Header=BB18_122 Depth=2
	movq	$-1, %rdi
	movl	%eax, %ecx
	shlq	%cl, %rdi
	notq	%rdi
	.p2align	4, 0x90
LBB18_126:                              ##   Parent Loop BB18_10 Depth=1
                                        ##     Parent Loop BB18_122 Depth=2
                                        ## =>    This Inner Loop Header: Depth=3
	addq	$1, %rdx
	andq	%rdi, %rdx
	movq	%rdx, %rax
	shlq	$4, %rax
	movq	(%rsi,%rax), %rcx
	testq	%rcx, %rcx
	je	LBB18_128
## %bb.127:                             ##   in Loop: Header=BB18_126 Depth=3
	cmpq	%r12, %rcx
	jne	LBB18_126
LBB18_128:                              ##   in Loop: Header=BB18_122 Depth=2
	testq	%rcx, %rcx
	je	LBB18_134
## %bb.129:                             ##   in Loop: Header=BB18_122 Depth=2
	shlq	$4, %rdx
	movl	8(%rsi,%rdx), %ebx
	testl	%ebx, %ebx
	je	LBB18_134
## %bb.130:                             ##   in Loop: Header=BB18_122 Depth=2
	movq	(%r15), %rax
	.p2align	4, 0x90
LBB18_131:                              ##   Parent Loop BB18_10 Depth=1
                                        ##     Parent Loop BB18_122 Depth=2
                                        ## =>    This Inner Loop Header: Depth=3
	addl	$-1, %ebx
	shlq	$4, %rbx
	movq	(%rax,%rbx), %rsi
	movl	$1, %eax
	lock		xaddl	%eax, 4(%r12)
	testl	%eax, %eax
	je	LBB18_93
## %bb.132:                             ##   in Loop: Header=BB18_131 Depth=3
	cmpl	$2147483647, %eax               ## imm = 0x7FFFFFFF
	jae	LBB18_166
## %bb.133:                             ##   in Loop: Header=BB18_131 Depth=3
	leaq	-3376(%rbp), %rdi
	movq	%r12, %rdx
	callq	__ZN7lazyref4v0_26detail8handoverINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES5_NS0_8std_syncELNS0_7reclaimE0EE5leaveERNS0_4slotIS5_S7_LS8_0EEEPS5_
	movq	(%r15), %rax
	movl	8(%rax,%rbx), %ebx
	testl	%ebx, %ebx
	jne	LBB18_131
LBB18_134:                              ##   in Loop: Header=BB18_122 Depth=2
	movl	4(%r12), %eax
	cmpl	$1, %eax
	jne	LBB18_135
## %bb.138:                             ##   in Loop: Header=BB18_122 Depth=2
	movl	$0, 4(%r12)
LBB18_139:                              ##   in Loop: Header=BB18_122 Depth=2
	movq	24(%r12), %rdi
	testq	%rdi, %rdi
	je	LBB18_167
## %bb.140:                             ##   in Loop: Header=BB18_122 Depth=2
	cmpq	$0, 32(%r12)
	je	LBB18_167
## %bb.141:                             ##   in Loop: Header=BB18_122 Depth=2
	movq	(%rdi), %rax
	movq	%r12, %rsi
	callq	*(%rax)
	addq	$1, -3184(%rbp)                 ## 8-byte Folded Spill
	jmp	LBB18_142
	.p2align	4, 0x90
LBB18_143:                              ##   in Loop: Header=BB18_10 Depth=1
	movq	-3352(%rbp), %rdi
	movq	-3344(%rbp), %rsi
	movq	-3336(%rbp), %rdx
	movq	-3328(%rbp), %rcx
	movq	-3320(%rbp), %rax
	movq	-3200(%rbp), %r15               ## 8-byte Reload
	movq	128(%r15), %rbx
	testq	%rbx, %rbx
	je	LBB18_145
## %bb.144:                             ##   in Loop: Header=BB18_10 Depth=1
	movl	136(%r15), %ebx
LBB18_145:                              ##   in Loop: Header=BB18_10 Depth=1
	lock		addq	%r13, 80(%r15)
	testq	%rdi, %rdi
	je	LBB18_147
## %bb.146:                             ##   in Loop: Header=BB18_10 Depth=1
	lock		addq	%rdi, 88(%r15)
LBB18_147:                              ##   in Loop: Header=BB18_10 Depth=1
	testq	%rsi, %rsi
	je	LBB18_149
## %bb.148:                             ##   in Loop: Header=BB18_10 Depth=1
	lock		addq	%rsi, 96(%r15)
LBB18_149:                              ##   in Loop: Header=BB18_10 Depth=1
	testq	%rdx, %rdx
	je	LBB18_151
## %bb.150:                             ##   in Loop: Header=BB18_10 Depth=1
	lock		addq	%rdx, 104(%r15)
LBB18_151:                              ##   in Loop: Header=BB18_10 Depth=1
	testq	%rcx, %rcx
	je	LBB18_153
## %bb.152:                             ##   in Loop: Header=BB18_10 Depth=1
	lock		addq	%rcx, 112(%r15)
LBB18_153:                              ##   in Loop: Header=BB18_10 Depth=1
	testq	%rax, %rax
	je	LBB18_155
## %bb.154:                             ##   in Loop: Header=BB18_10 Depth=1
	lock		addq	%rax, 120(%r15)
LBB18_155:                              ##   in Loop: Header=BB18_10 Depth=1
	movq	128(%r15), %rax
	testq	%rax, %rax
	je	LBB18_157
## %bb.156:                             ##   in Loop: Header=BB18_10 Depth=1
	movl	136(%r15), %eax
LBB18_157:                              ##   in Loop: Header=BB18_10 Depth=1
	movq	-3184(%rbp), %rax               ## 8-byte Reload
	lock		addq	%rax, 72(%r15)
	cmpb	$0, -3164(%rbp)                 ## 1-byte Folded Reload
	jne	LBB18_159
## %bb.158:                             ##   in Loop: Header=BB18_10 Depth=1
	movq	-3248(%rbp), %rax               ## 8-byte Reload
	movb	$0, 48(%rax)
LBB18_159:                              ##   in Loop: Header=BB18_10 Depth=1
	lock		subq	%r13, 512(%r15)
	testb	$1, -3224(%rbp)
	je	LBB18_160
## %bb.9:                               ##   in Loop: Header=BB18_10 Depth=1
	movb	-3223(%rbp), %al
	movb	%al, -3128(%rbp)                ## 1-byte Spill
	xorl	%r13d, %r13d
	leaq	-2096(%rbp), %rsi
	jmp	LBB18_10
LBB18_19:                               ##   in Loop: Header=BB18_10 Depth=1
	xorl	%r14d, %r14d
	xorl	%r12d, %r12d
	jmp	LBB18_26
LBB18_93:
	leaq	L_.str.48(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB18_166:
	leaq	L_.str.49(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB18_168:
	movq	-3192(%rbp), %rdi               ## 8-byte Reload
	movq	%r12, %rsi
	movq	%r14, %rdx
	callq	__ZN7lazyref4v0_26detail13retired_listsIN12_GLOBAL__N_18functionENS1_12reclaim_coreINS1_11domain_coreIS4_NS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES4_SC_E4linkENS0_8std_syncEE8put_backEPS4_m
	movq	%rax, %rbx
	xorps	%xmm0, %xmm0
	movaps	%xmm0, -2096(%rbp)
	leaq	-2096(%rbp), %rsi
	movl	$1, %edi
	callq	_clock_gettime
	imulq	$1000000000, -2096(%rbp), %rax  ## imm = 0x3B9ACA00
	movq	-2088(%rbp), %rcx
	subq	-3176(%rbp), %rcx               ## 8-byte Folded Reload
	addq	%rax, %rcx
	movq	520(%r15), %rax
	leaq	(%rax,%rax), %rdx
	addq	$1024, %rdx                     ## imm = 0x400
	cmpq	%rcx, %rdx
	cmovbeq	%rdx, %rcx
	addq	%rax, %rcx
	shrq	%rcx
	movq	%rcx, 520(%r15)
	lock		subq	%rbx, 512(%r15)
LBB18_160:
	movq	-3232(%rbp), %rcx
	movq	__ZN7lazyref4v0_26detail18this_threads_flushE@TLVP(%rip), %rdi
	callq	*(%rdi)
	movq	%rcx, (%rax)
LBB18_161:
	movl	-3160(%rbp), %edi
Ltmp76:
	leaq	-2096(%rbp), %rsi
	callq	_pthread_setcancelstate
Ltmp77:
## %bb.162:
	movq	___stack_chk_guard@GOTPCREL(%rip), %rax
	movq	(%rax), %rax
	cmpq	-48(%rbp), %rax
	jne	LBB18_170
## %bb.163:
	addq	$3336, %rsp                     ## imm = 0xD08
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB18_167:
	leaq	L_.str.51(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB18_137:
	leaq	L_.str.50(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB18_170:
	callq	___stack_chk_fail
LBB18_169:
Ltmp78:
	movq	%rax, %rdi
	callq	___clang_call_terminate
LBB18_164:
Ltmp75:
	movq	%rax, %rdi
	callq	___clang_call_terminate
Lfunc_end6:
	.cfi_endproc
	.section	__TEXT,__gcc_except_tab
	.p2align	2
GCC_except_table18:
Lexception6:
	.byte	255                             ## @LPStart Encoding = omit
	.byte	155                             ## @TType Encoding = indirect pcrel sdata4
	.uleb128 Lttbase5-Lttbaseref5
Lttbaseref5:
	.byte	1                               ## Call site Encoding = uleb128
	.uleb128 Lcst_end6-Lcst_begin6
Lcst_begin6:
	.uleb128 Ltmp73-Lfunc_begin6            ## >> Call Site 1 <<
	.uleb128 Ltmp74-Ltmp73                  ##   Call between Ltmp73 and Ltmp74
	.uleb128 Ltmp75-Lfunc_begin6            ##     jumps to Ltmp75
	.byte	1                               ##   On action: 1
	.uleb128 Ltmp74-Lfunc_begin6            ## >> Call Site 2 <<
	.uleb128 Ltmp76-Ltmp74                  ##   Call between Ltmp74 and Ltmp76
	.byte	0                               ##     has no landing pad
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp76-Lfunc_begin6            ## >> Call Site 3 <<
	.uleb128 Ltmp77-Ltmp76                  ##   Call between Ltmp76 and Ltmp77
	.uleb128 Ltmp78-Lfunc_begin6            ##     jumps to Ltmp78
	.byte	1                               ##   On action: 1
	.uleb128 Ltmp77-Lfunc_begin6            ## >> Call Site 4 <<
	.uleb128 Lfunc_end6-Ltmp77              ##   Call between Ltmp77 and Lfunc_end6
	.byte	0                               ##     has no landing pad
	.byte	0                               ##   On action: cleanup
Lcst_end6:
	.byte	1                               ## >> Action Record 1 <<
                                        ##   Catch TypeInfo 1
	.byte	0                               ##   No further actions
	.p2align	2
                                        ## >> Catch TypeInfos <<
	.long	0                               ## TypeInfo 1
Lttbase5:
	.p2align	2
                                        ## -- End function
	.section	__TEXT,__text,regular,pure_instructions
	.globl	__ZN7lazyref4v0_26detail10fence_coreINS1_11std_atomicsENS1_9os_kernelEE9try_heavyESt12memory_order ## -- Begin function _ZN7lazyref4v0_26detail10fence_coreINS1_11std_atomicsENS1_9os_kernelEE9try_heavyESt12memory_order
	.weak_def_can_be_hidden	__ZN7lazyref4v0_26detail10fence_coreINS1_11std_atomicsENS1_9os_kernelEE9try_heavyESt12memory_order
	.p2align	4, 0x90
__ZN7lazyref4v0_26detail10fence_coreINS1_11std_atomicsENS1_9os_kernelEE9try_heavyESt12memory_order: ## @_ZN7lazyref4v0_26detail10fence_coreINS1_11std_atomicsENS1_9os_kernelEE9try_heavyESt12memory_order
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	xorl	%ecx, %ecx
	leaq	L_.str.31(%rip), %rdx
	testl	%esi, %esi
	je	LBB19_22
## %bb.1:
	movb	(%rdi), %al
	testb	%al, %al
	jne	LBB19_4
## %bb.2:
	movb	(%rdi), %al
	testb	%al, %al
	jne	LBB19_4
## %bb.3:
	movb	1(%rdi), %al
	testb	$1, %al
	sete	%sil
	addb	%sil, %sil
	addb	$3, %sil
	xorl	%eax, %eax
	lock		cmpxchgb	%sil, (%rdi)
	movzbl	%al, %r8d
	movzbl	%sil, %eax
	cmovnel	%r8d, %eax
LBB19_4:
	addb	$-1, %al
	cmpb	$2, %al
	jb	LBB19_6
## %bb.5:
	mfence
	movb	(%rdi), %al
	addb	$-3, %al
	cmpb	$-2, %al
	jb	LBB19_22
LBB19_6:
	mfence
	movq	8(%rdi), %r8
	movl	28(%rdi), %r10d
	testl	%r10d, %r10d
	je	LBB19_16
## %bb.7:
	movabsq	$4611686018427387903, %r9       ## imm = 0x3FFFFFFFFFFFFFFF
	movq	%r8, %r11
	notq	%r11
	xorl	%ecx, %ecx
	xorl	%esi, %esi
	jmp	LBB19_8
	.p2align	4, 0x90
LBB19_15:                               ##   in Loop: Header=BB19_8 Depth=1
	pause
	addl	$1, %esi
	addl	$8, %ecx
	cmpl	%esi, %r10d
	je	LBB19_16
LBB19_8:                                ## =>This Inner Loop Header: Depth=1
	movq	16(%rdi), %rax
	addq	%r11, %rax
	cmpq	%r9, %rax
	jb	LBB19_9
## %bb.11:                              ##   in Loop: Header=BB19_8 Depth=1
	movl	24(%rdi), %eax
	testl	%eax, %eax
	jne	LBB19_15
## %bb.12:                              ##   in Loop: Header=BB19_8 Depth=1
	movl	$1, %eax
	xchgl	%eax, 24(%rdi)
	testl	%eax, %eax
	jne	LBB19_15
## %bb.13:
	movq	16(%rdi), %rax
	addq	%r11, %rax
	cmpq	%r9, %rax
	jae	LBB19_14
## %bb.20:
	movl	$0, 24(%rdi)
	jmp	LBB19_21
LBB19_16:
	leal	(%r10,%r10), %ecx
	cmpl	$65536, %r10d                   ## imm = 0x10000
	movl	$131072, %eax                   ## imm = 0x20000
	cmovbl	%ecx, %eax
	cmpl	%r10d, %eax
	je	LBB19_18
## %bb.17:
	movl	%eax, 28(%rdi)
LBB19_18:
	movq	8(%rdi), %rax
	movl	$38, %ecx
	leaq	L_.str.38(%rip), %rdx
	cmpq	%r8, %rax
	jne	LBB19_22
## %bb.19:
	movl	$0, 24(%rdi)
	jmp	LBB19_22
LBB19_9:
	movl	%r10d, %r8d
	shrl	$3, %r8d
	movl	%r10d, %eax
	subl	%r8d, %eax
	cmpl	$4097, %eax                     ## imm = 0x1001
	movl	$4096, %r8d                     ## imm = 0x1000
	cmovael	%eax, %r8d
	cmpl	$16384, %esi                    ## imm = 0x4000
	movl	$131072, %eax                   ## imm = 0x20000
	cmovbl	%ecx, %eax
	cmpl	%r8d, %eax
	cmovbel	%r8d, %eax
	cmpl	%r10d, %eax
	je	LBB19_21
## %bb.10:
	movl	%eax, 28(%rdi)
LBB19_21:
	mfence
	xorl	%ecx, %ecx
LBB19_22:
	movl	%ecx, %eax
	popq	%rbp
	retq
LBB19_14:
	movl	$1, %eax
	lock		xaddq	%rax, 8(%rdi)
	movabsq	$-9223372036854775806, %rcx     ## imm = 0x8000000000000002
	addq	%rax, %rcx
	movq	%rcx, 16(%rdi)
	movl	$0, 24(%rdi)
	movl	$38, %ecx
	leaq	L_.str.38(%rip), %rdx
	jmp	LBB19_22
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_26detail8handoverINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES5_NS0_8std_syncELNS0_7reclaimE0EE5leaveERNS0_4slotIS5_S7_LS8_0EEEPS5_
__ZN7lazyref4v0_26detail8handoverINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES5_NS0_8std_syncELNS0_7reclaimE0EE5leaveERNS0_4slotIS5_S7_LS8_0EEEPS5_: ## @_ZN7lazyref4v0_26detail8handoverINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES5_NS0_8std_syncELNS0_7reclaimE0EE5leaveERNS0_4slotIS5_S7_LS8_0EEEPS5_
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r12
	pushq	%rbx
	.cfi_offset %rbx, -48
	.cfi_offset %r12, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	%rsi, %r14
	movq	%rdi, %rbx
	movq	56(%rdi), %r12
	callq	__ZN7lazyref4v0_26detail8handoverINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES5_NS0_8std_syncELNS0_7reclaimE0EE5carryERNS0_4slotIS5_S7_LS8_0EEEPS5_
	movl	%eax, %r15d
	cmpq	%r12, 56(%rbx)
	je	LBB20_5
## %bb.1:
	movq	16(%r14), %rax
	cmpq	$2, %rax
	jb	LBB20_5
## %bb.2:
	movq	(%r14), %rcx
	cmpq	%rcx, %rax
	je	LBB20_5
## %bb.3:
	movq	8(%r14), %rax
	xorl	%edx, %edx
	testq	%rax, %rax
	setne	%dl
	xchgq	%rdx, 16(%r14)
	cmpq	$2, %rdx
	jb	LBB20_5
## %bb.4:
	addq	$1, 48(%rbx)
	movq	%rbx, %rdi
	movq	%r14, %rsi
	callq	__ZN7lazyref4v0_26detail8handoverINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES5_NS0_8std_syncELNS0_7reclaimE0EE5carryERNS0_4slotIS5_S7_LS8_0EEEPS5_
LBB20_5:
	movl	%r15d, %eax
	popq	%rbx
	popq	%r12
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_26detail8handoverINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES5_NS0_8std_syncELNS0_7reclaimE0EE5carryERNS0_4slotIS5_S7_LS8_0EEEPS5_
__ZN7lazyref4v0_26detail8handoverINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES5_NS0_8std_syncELNS0_7reclaimE0EE5carryERNS0_4slotIS5_S7_LS8_0EEEPS5_: ## @_ZN7lazyref4v0_26detail8handoverINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES5_NS0_8std_syncELNS0_7reclaimE0EE5carryERNS0_4slotIS5_S7_LS8_0EEEPS5_
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r14
	pushq	%rbx
	.cfi_offset %rbx, -32
	.cfi_offset %r14, -24
	testq	%rdx, %rdx
	je	LBB21_14
## %bb.1:
	movq	%rsi, %rcx
	xorl	%r9d, %r9d
	movl	$1, %r8d
	movq	%rdx, %rsi
	xorl	%r14d, %r14d
LBB21_2:                                ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB21_3 Depth 2
	movq	%rsi, %rbx
	orq	$1, %rbx
	.p2align	4, 0x90
LBB21_3:                                ##   Parent Loop BB21_2 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	(%rcx), %rax
	cmpq	%rax, %rsi
	je	LBB21_11
## %bb.4:                               ##   in Loop: Header=BB21_3 Depth=2
	cmpq	%rbx, %rax
	jne	LBB21_7
## %bb.5:                               ##   in Loop: Header=BB21_3 Depth=2
	lock		cmpxchgq	%r9, (%rcx)
	jne	LBB21_3
	jmp	LBB21_6
	.p2align	4, 0x90
LBB21_11:                               ##   in Loop: Header=BB21_2 Depth=1
	movq	%rsi, %rax
	xchgq	%rax, 16(%rcx)
	cmpq	$2, %rax
	movl	$0, %ebx
	cmovaeq	%rax, %rbx
	movb	$1, 16(%rdi)
	cmpq	%rdx, %rsi
	movzbl	%r14b, %r14d
	cmovel	%r8d, %r14d
	cmpq	%rsi, %rbx
	je	LBB21_7
## %bb.12:                              ##   in Loop: Header=BB21_2 Depth=1
	addq	$1, 32(%rdi)
	testq	%rbx, %rbx
	je	LBB21_16
## %bb.13:                              ##   in Loop: Header=BB21_2 Depth=1
	addq	$1, 40(%rdi)
	movq	%rax, %rsi
	testq	%rax, %rax
	jne	LBB21_2
	jmp	LBB21_16
LBB21_14:
	xorl	%r14d, %r14d
	jmp	LBB21_16
LBB21_6:
	addq	$1, 56(%rdi)
LBB21_7:
	cmpq	%rsi, (%rdi)
	je	LBB21_18
## %bb.8:
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, 4(%rsi)
	cmpl	$1, %eax
	je	LBB21_15
## %bb.9:
	testl	%eax, %eax
	jne	LBB21_16
## %bb.10:
	leaq	L_.str.50(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB21_18:
	addq	$1, 8(%rdi)
	jmp	LBB21_16
LBB21_15:
	movq	(%rdi), %rax
	callq	*8(%rax)
LBB21_16:
	andb	$1, %r14b
	movl	%r14d, %eax
	popq	%rbx
	popq	%r14
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.globl	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm ## -- Begin function _ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
	.weak_def_can_be_hidden	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
	.p2align	4, 0x90
__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm: ## @_ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r14
	pushq	%rbx
	.cfi_offset %rbx, -32
	.cfi_offset %r14, -24
	movq	8(%rdi), %rcx
	addq	$-1, %rdx
	addq	%rcx, %rdx
	jb	LBB22_9
## %bb.1:
	movq	%rdx, %rax
	orq	%rcx, %rax
	shrq	$32, %rax
	je	LBB22_2
## %bb.3:
	movq	%rdx, %rax
	xorl	%edx, %edx
	divq	%rcx
	movq	%rax, %r8
	jmp	LBB22_4
LBB22_2:
	movl	%edx, %eax
	xorl	%edx, %edx
	divl	%ecx
	movl	%eax, %r8d
LBB22_4:
	movq	(%rsi), %r9
	.p2align	4, 0x90
LBB22_5:                                ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB22_6 Depth 2
	movl	%r9d, %eax
	andl	$63, %eax
	movl	$64, %r10d
	subq	%rax, %r10
	cmpq	%r10, %r8
	cmovbq	%r8, %r10
	movl	%r10d, %ecx
	negb	%cl
	movq	$-1, %r11
	shrq	%cl, %r11
	movq	%r9, %r14
	movl	%eax, %ecx
	shlq	%cl, %r11
	shrq	$6, %r14
	movq	136(%rdi), %rcx
	movq	%r11, %rbx
	notq	%rbx
	movq	(%rcx,%r14,8), %rax
	.p2align	4, 0x90
LBB22_6:                                ##   Parent Loop BB22_5 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	%rax, %rdx
	andq	%rbx, %rdx
	lock		cmpxchgq	%rdx, (%rcx,%r14,8)
	jne	LBB22_6
## %bb.7:                               ##   in Loop: Header=BB22_5 Depth=1
	notq	%rax
	testq	%rax, %r11
	jne	LBB22_15
## %bb.8:                               ##   in Loop: Header=BB22_5 Depth=1
	addq	%r10, %r9
	subq	%r10, %r8
	jne	LBB22_5
LBB22_9:
	movq	8(%rsi), %r8
	movl	$1, %r9d
	.p2align	4, 0x90
LBB22_10:                               ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB22_11 Depth 2
	movl	%r8d, %eax
	andl	$63, %eax
	movl	$64, %r10d
	subq	%rax, %r10
	cmpq	%r10, %r9
	cmovbq	%r9, %r10
	movl	%r10d, %ecx
	negb	%cl
	movq	$-1, %r11
	shrq	%cl, %r11
	movq	%r8, %rdx
	movl	%eax, %ecx
	shlq	%cl, %r11
	shrq	$6, %rdx
	movq	160(%rdi), %rcx
	movq	%r11, %rsi
	notq	%rsi
	movq	(%rcx,%rdx,8), %rax
	.p2align	4, 0x90
LBB22_11:                               ##   Parent Loop BB22_10 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	%rax, %rbx
	andq	%rsi, %rbx
	lock		cmpxchgq	%rbx, (%rcx,%rdx,8)
	jne	LBB22_11
## %bb.12:                              ##   in Loop: Header=BB22_10 Depth=1
	notq	%rax
	testq	%rax, %r11
	jne	LBB22_15
## %bb.13:                              ##   in Loop: Header=BB22_10 Depth=1
	addq	%r10, %r8
	subq	%r10, %r9
	jne	LBB22_10
## %bb.14:
	popq	%rbx
	popq	%r14
	popq	%rbp
	retq
LBB22_15:
	leaq	L_.str.52(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE5draftIJjEEENS0_10code_draftIS3_S9_SB_EEmDpOT_
__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE5draftIJjEEENS0_10code_draftIS3_S9_SB_EEmDpOT_: ## @_ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE5draftIJjEEENS0_10code_draftIS3_S9_SB_EEmDpOT_
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r12
	pushq	%rbx
	subq	$16, %rsp
	.cfi_offset %rbx, -48
	.cfi_offset %r12, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	%rcx, %r12
	movq	%rdx, %r15
	movq	%rsi, %rbx
	movq	%rdi, %r14
	leaq	L_.str.32(%rip), %rax
	movl	$12, %ecx
	cmpq	$0, 184(%rsi)
	je	LBB23_6
## %bb.1:
	cmpq	$0, 200(%rbx)
	je	LBB23_5
## %bb.2:
	cmpq	$0, 216(%rbx)
	je	LBB23_6
## %bb.3:
	cmpq	$0, 224(%rbx)
	je	LBB23_6
## %bb.4:
	cmpq	$0, 232(%rbx)
	je	LBB23_6
LBB23_5:
	movl	48(%rbx), %ecx
	movq	56(%rbx), %rax
LBB23_6:
	testl	%ecx, %ecx
	je	LBB23_8
## %bb.7:
	xorps	%xmm0, %xmm0
	movups	%xmm0, (%r14)
	movl	%ecx, 16(%r14)
	movq	%rax, 24(%r14)
	movw	$0, 32(%r14)
	jmp	LBB23_17
LBB23_8:
	cmpq	$0, 200(%rbx)
	je	LBB23_11
## %bb.9:
	movq	240(%rbx), %rax
	testq	%rax, %rax
	je	LBB23_11
## %bb.10:
	leaq	192(%rbx), %rdi
	callq	__ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE4tellEv
LBB23_11:
	xorps	%xmm0, %xmm0
	movaps	%xmm0, -48(%rbp)
	leaq	16(%rbx), %rdi
	leaq	-48(%rbp), %rdx
	movq	%r15, %rsi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE4takeEmRNS1_9code_roomE
	cmpl	$28, %eax
	je	LBB23_12
## %bb.13:
	testl	%eax, %eax
	je	LBB23_15
LBB23_14:
	xorps	%xmm0, %xmm0
	movups	%xmm0, (%r14)
	xorl	%ecx, %ecx
	jmp	LBB23_16
LBB23_12:
	leaq	-48(%rbp), %rdx
	movq	%rbx, %rdi
	movq	%r15, %rsi
	callq	__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE12take_at_lastEmRNSA_9code_roomE
	testl	%eax, %eax
	jne	LBB23_14
LBB23_15:
	movq	-40(%rbp), %rcx
	movq	184(%rbx), %rdx
	shlq	$6, %rcx
	leaq	(%rdx,%rcx), %r8
	movl	(%r12), %edi
	movabsq	$4294967297, %rsi               ## imm = 0x100000001
	movq	%rsi, (%rdx,%rcx)
	xorps	%xmm0, %xmm0
	movups	%xmm0, 8(%rdx,%rcx)
	movups	%xmm0, 24(%rdx,%rcx)
	movups	%xmm0, 40(%rdx,%rcx)
	movl	%edi, 56(%rdx,%rcx)
	movq	-48(%rbp), %rsi
	movq	%rbx, 24(%rdx,%rcx)
	movq	%rsi, 48(%rdx,%rcx)
	movq	%r15, 40(%rdx,%rcx)
	movq	%rbx, (%r14)
	movq	%r8, 8(%r14)
	movb	$1, %cl
	leaq	L_.str.31(%rip), %rdx
LBB23_16:
	movl	%eax, 16(%r14)
	movq	%rdx, 24(%r14)
	movb	%cl, 32(%r14)
	movb	%cl, 33(%r14)
LBB23_17:
	movq	%r14, %rax
	addq	$16, %rsp
	popq	%rbx
	popq	%r12
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZNK7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE4dataEv
__ZNK7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE4dataEv: ## @_ZNK7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE4dataEv
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	cmpb	$0, 32(%rdi)
	je	LBB24_1
## %bb.2:
	movq	(%rdi), %rcx
	movq	8(%rdi), %rdx
	movq	24(%rcx), %rax
	imulq	48(%rdx), %rax
	addq	64(%rcx), %rax
	popq	%rbp
	retq
LBB24_1:
	xorl	%eax, %eax
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN12_GLOBAL__N_14callERKNS_8functionE
__ZN12_GLOBAL__N_14callERKNS_8functionE: ## @_ZN12_GLOBAL__N_14callERKNS_8functionE
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r14
	pushq	%rbx
	.cfi_offset %rbx, -32
	.cfi_offset %r14, -24
	movq	%rdi, %r14
	movb	__ZGVZN12_GLOBAL__N_113each_executorEvE6result(%rip), %al
	testb	%al, %al
	je	LBB25_1
LBB25_3:
	cmpb	$0, __ZZN12_GLOBAL__N_113each_executorEvE6result(%rip)
	je	LBB25_13
## %bb.4:
	movq	__ZN7lazyref4v0_24arch13x86_leaf7_edxE@GOTPCREL(%rip), %rsi
	movl	(%rsi), %edx
	testl	%edx, %edx
	jne	LBB25_8
## %bb.5:
	xorl	%ecx, %ecx
	xorl	%eax, %eax
	## InlineAsm Start
	cpuid
	## InlineAsm End
	movl	$1, %edx
	cmpl	$7, %eax
	jb	LBB25_7
## %bb.6:
	xorl	%ecx, %ecx
	movl	$7, %eax
	## InlineAsm Start
	cpuid
	## InlineAsm End
	orl	$1, %edx
LBB25_7:
	movl	%edx, (%rsi)
LBB25_8:
	xorl	%eax, %eax
	## InlineAsm Start
	.byte	243
	.byte	72
	.byte	15
	.byte	30
	.byte	200
	## InlineAsm End
	xorl	%ecx, %ecx
	cmpq	$1, %rax
	movb	$2, %al
	sbbb	$0, %al
	testl	$16384, %edx                    ## imm = 0x4000
	movzbl	%al, %eax
	cmovnel	%ecx, %eax
	cmpb	$1, %al
	je	LBB25_11
## %bb.9:
	testb	%al, %al
	jne	LBB25_12
## %bb.10:
	## InlineAsm Start
	.byte	15
	.byte	1
	.byte	232
	## InlineAsm End
	jmp	LBB25_13
LBB25_11:
	callq	__ZN7lazyref4v0_24arch8x86_iretEv
	jmp	LBB25_13
LBB25_12:
	xorl	%eax, %eax
	xorl	%ecx, %ecx
	## InlineAsm Start
	cpuid
	## InlineAsm End
LBB25_13:
	movq	32(%r14), %rax
	testq	%rax, %rax
	je	LBB25_14
## %bb.15:
	popq	%rbx
	popq	%r14
	popq	%rbp
	jmpq	*%rax                           ## TAILCALL
LBB25_1:
	leaq	__ZGVZN12_GLOBAL__N_113each_executorEvE6result(%rip), %rdi
	callq	___cxa_guard_acquire
	testl	%eax, %eax
	je	LBB25_3
## %bb.2:
	movb	$1, __ZZN12_GLOBAL__N_113each_executorEvE6result(%rip)
	leaq	__ZGVZN12_GLOBAL__N_113each_executorEvE6result(%rip), %rdi
	callq	___cxa_guard_release
	jmp	LBB25_3
LBB25_14:
	leaq	L_.str.79(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE
__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE: ## @_ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE6retireB12auto_checkedEONS0_10strong_refIS3_EE
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%rbx
	subq	$24, %rsp
	.cfi_offset %rbx, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	(%rsi), %rcx
	movq	$0, (%rsi)
	testq	%rcx, %rcx
	je	LBB26_13
## %bb.1:
	movq	%rdi, %r14
	cmpq	%rdi, 8(%rcx)
	jne	LBB26_14
## %bb.2:
	movl	$-1, %eax
	lock		xaddl	%eax, (%rcx)
	cmpl	$1, %eax
	je	LBB26_5
## %bb.3:
	testl	%eax, %eax
	jne	LBB26_13
## %bb.4:
	leaq	L_.str.81(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB26_5:
	leaq	384(%r14), %rbx
	movq	448(%r14), %rax
	testq	%rax, %rax
	je	LBB26_7
## %bb.6:
	movl	456(%r14), %eax
LBB26_7:
	movq	(%rbx), %rax
	.p2align	4, 0x90
LBB26_8:                                ## =>This Inner Loop Header: Depth=1
	movq	%rax, 16(%rcx)
	lock		cmpxchgq	%rcx, (%rbx)
	jne	LBB26_8
## %bb.9:
	movl	$1, %r15d
	lock		xaddq	%r15, 392(%r14)
	addq	$1, %r15
	movq	512(%r14), %rax
	testq	%rax, %rax
	jne	LBB26_10
LBB26_11:
	movq	408(%r14), %rax
	cmpq	%rax, %r15
	jge	LBB26_12
LBB26_13:
	addq	$24, %rsp
	popq	%rbx
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB26_10:
	movq	%rbx, %rdi
	callq	__ZN7lazyref4v0_26detail13retired_listsIN12_GLOBAL__N_18functionENS1_12reclaim_coreINS1_11domain_coreIS4_NS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES4_SC_E4linkENS0_8std_syncEE11note_insideEv
	jmp	LBB26_11
LBB26_12:
	movq	616(%r14), %rax
	cmpq	$8193, %rax                     ## imm = 0x2001
	movl	$8192, %ecx                     ## imm = 0x2000
	cmovaeq	%rax, %rcx
	movq	%rcx, -40(%rbp)
	movq	$1048576, -32(%rbp)             ## imm = 0x100000
	leaq	520(%r14), %rcx
	leaq	-40(%rbp), %rdx
	movq	%rbx, %rdi
	movq	%r15, %rsi
	callq	__ZN7lazyref4v0_26detail13retired_listsIN12_GLOBAL__N_18functionENS1_12reclaim_coreINS1_11domain_coreIS4_NS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES4_SC_E4linkENS0_8std_syncEE4list6is_dueElRKNS1_13retire_limitsERKSt6atomicImE
	testb	%al, %al
	je	LBB26_13
## %bb.15:
	movq	%r14, %rdi
	movq	%rbx, %rsi
	addq	$24, %rsp
	popq	%rbx
	popq	%r14
	popq	%r15
	popq	%rbp
	jmp	__ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E13flush_retiredEPNS1_13retired_listsIS5_NSD_4linkENS0_8std_syncEE4listE ## TAILCALL
LBB26_14:
	leaq	L_.str.80(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_210strong_refIN12_GLOBAL__N_18functionEED1Ev
__ZN7lazyref4v0_210strong_refIN12_GLOBAL__N_18functionEED1Ev: ## @_ZN7lazyref4v0_210strong_refIN12_GLOBAL__N_18functionEED1Ev
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	movq	(%rdi), %rsi
	movq	$0, (%rdi)
	testq	%rsi, %rsi
	je	LBB27_5
## %bb.1:
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%rsi)
	cmpl	$1, %eax
	je	LBB27_4
## %bb.2:
	testl	%eax, %eax
	je	LBB27_3
LBB27_5:
	popq	%rbp
	retq
LBB27_4:
	movq	(%rdi), %rax
	movq	(%rax), %rax
	popq	%rbp
	jmpq	*%rax                           ## TAILCALL
LBB27_3:
	leaq	L_.str.81(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev
__ZN7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev: ## @_ZN7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEED1Ev
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	subq	$16, %rsp
	movq	8(%rdi), %rcx
	testq	%rcx, %rcx
	je	LBB28_10
## %bb.1:
	movq	%rdi, %rax
	movq	(%rdi), %rdi
	cmpl	$0, 48(%rdi)
	jne	LBB28_4
## %bb.2:
	cmpb	$0, 33(%rax)
	je	LBB28_4
## %bb.3:
	movb	$0, 33(%rax)
LBB28_4:
	movq	40(%rcx), %rdx
	movq	48(%rcx), %rax
	movq	%rax, -16(%rbp)
	subq	184(%rdi), %rcx
	sarq	$6, %rcx
	movq	%rcx, -8(%rbp)
	cmpq	$0, 200(%rdi)
	je	LBB28_9
## %bb.5:
	movq	232(%rdi), %r8
	leaq	(%rcx,%rcx,2), %rsi
	shlq	$4, %rsi
	cmpq	$0, (%r8,%rsi)
	je	LBB28_9
## %bb.6:
	leaq	(%r8,%rsi), %rcx
	movups	-16(%rbp), %xmm0
	movups	%xmm0, 24(%r8,%rsi)
	movq	%rdx, 16(%r8,%rsi)
	movq	240(%rdi), %rax
	movq	%rax, 40(%r8,%rsi)
	lock		cmpxchgq	%rcx, 240(%rdi)
	je	LBB28_10
## %bb.7:
	leaq	(%r8,%rsi), %rdx
	addq	$40, %rdx
	.p2align	4, 0x90
LBB28_8:                                ## =>This Inner Loop Header: Depth=1
	movq	%rax, (%rdx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	jne	LBB28_8
	jmp	LBB28_10
LBB28_9:
	addq	$16, %rdi
	leaq	-16(%rbp), %rsi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
LBB28_10:
	addq	$16, %rsp
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.globl	__ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE4tellEv ## -- Begin function _ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE4tellEv
	.weak_def_can_be_hidden	__ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE4tellEv
	.p2align	4, 0x90
__ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE4tellEv: ## @_ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE4tellEv
Lfunc_begin7:
	.cfi_startproc
	.cfi_personality 155, ___gxx_personality_v0
	.cfi_lsda 16, Lexception7
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	subq	$72, %rsp
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	cmpq	$0, 8(%rdi)
	je	LBB29_13
## %bb.1:
	movq	%rdi, %rbx
	movq	48(%rdi), %rax
	testq	%rax, %rax
	je	LBB29_13
## %bb.2:
	movl	$0, -48(%rbp)
Ltmp79:
	leaq	-48(%rbp), %rsi
	movl	$1, %edi
	callq	_pthread_setcancelstate
Ltmp80:
## %bb.3:
	lock		addq	$1, 56(%rbx)
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	xchgq	%r15, 48(%rbx)
	testq	%r15, %r15
	je	LBB29_11
## %bb.4:
	xorl	%r14d, %r14d
	leaq	-104(%rbp), %r12
	jmp	LBB29_7
	.p2align	4, 0x90
LBB29_5:                                ##   in Loop: Header=BB29_7 Depth=1
	movq	-64(%rbp), %r14                 ## 8-byte Reload
	movq	-56(%rbp), %r13                 ## 8-byte Reload
LBB29_6:                                ##   in Loop: Header=BB29_7 Depth=1
	movq	(%rbx), %rdi
	movq	16(%r15), %rdx
	addq	$24, %r15
	movq	%r15, %rsi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
	addq	$1, %r14
	movq	%r13, %r15
	testq	%r13, %r13
	je	LBB29_11
LBB29_7:                                ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB29_10 Depth 2
	movq	(%r15), %rax
	movq	40(%r15), %r13
	testq	%rax, %rax
	je	LBB29_6
## %bb.8:                               ##   in Loop: Header=BB29_7 Depth=1
	movq	%r13, -56(%rbp)                 ## 8-byte Spill
	movq	%r14, -64(%rbp)                 ## 8-byte Spill
	movq	$0, (%r15)
	movq	%rax, -104(%rbp)
	movq	8(%r15), %rax
	movq	%rax, -96(%rbp)
	movq	$0, -88(%rbp)
	movq	16(%r15), %rax
	movq	%rax, -80(%rbp)
	movq	$0, -72(%rbp)
	movq	8(%rbx), %r13
	testq	%r13, %r13
	je	LBB29_5
## %bb.9:                               ##   in Loop: Header=BB29_7 Depth=1
	movq	%r15, %rax
	subq	40(%rbx), %rax
	sarq	$4, %rax
	movabsq	$6148914691236517208, %rcx      ## imm = 0x5555555555555558
	imulq	%rcx, %r13
	imulq	%rax, %r13
	addq	32(%rbx), %r13
	xorl	%r14d, %r14d
	.p2align	4, 0x90
LBB29_10:                               ##   Parent Loop BB29_7 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	24(%rbx), %rax
	movq	(%rax,%r14,8), %rdi
	movq	(%r13,%r14,8), %rdx
	movq	(%rdi), %rax
	movq	%r12, %rsi
	callq	*8(%rax)
	addq	$1, %r14
	cmpq	8(%rbx), %r14
	jb	LBB29_10
	jmp	LBB29_5
LBB29_13:
	xorl	%r14d, %r14d
	jmp	LBB29_14
LBB29_11:
	lock		subq	$1, 56(%rbx)
	movl	-48(%rbp), %edi
Ltmp82:
	leaq	-104(%rbp), %rsi
	callq	_pthread_setcancelstate
Ltmp83:
LBB29_14:
	movq	%r14, %rax
	addq	$72, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB29_15:
Ltmp84:
	movq	%rax, %rdi
	callq	___clang_call_terminate
LBB29_16:
Ltmp81:
	movq	%rax, %rdi
	callq	___clang_call_terminate
Lfunc_end7:
	.cfi_endproc
	.section	__TEXT,__gcc_except_tab
	.p2align	2
GCC_except_table29:
Lexception7:
	.byte	255                             ## @LPStart Encoding = omit
	.byte	155                             ## @TType Encoding = indirect pcrel sdata4
	.uleb128 Lttbase6-Lttbaseref6
Lttbaseref6:
	.byte	1                               ## Call site Encoding = uleb128
	.uleb128 Lcst_end7-Lcst_begin7
Lcst_begin7:
	.uleb128 Ltmp79-Lfunc_begin7            ## >> Call Site 1 <<
	.uleb128 Ltmp80-Ltmp79                  ##   Call between Ltmp79 and Ltmp80
	.uleb128 Ltmp81-Lfunc_begin7            ##     jumps to Ltmp81
	.byte	1                               ##   On action: 1
	.uleb128 Ltmp80-Lfunc_begin7            ## >> Call Site 2 <<
	.uleb128 Ltmp82-Ltmp80                  ##   Call between Ltmp80 and Ltmp82
	.byte	0                               ##     has no landing pad
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp82-Lfunc_begin7            ## >> Call Site 3 <<
	.uleb128 Ltmp83-Ltmp82                  ##   Call between Ltmp82 and Ltmp83
	.uleb128 Ltmp84-Lfunc_begin7            ##     jumps to Ltmp84
	.byte	1                               ##   On action: 1
Lcst_end7:
	.byte	1                               ## >> Action Record 1 <<
                                        ##   Catch TypeInfo 1
	.byte	0                               ##   No further actions
	.p2align	2
                                        ## >> Catch TypeInfos <<
	.long	0                               ## TypeInfo 1
Lttbase6:
	.p2align	2
                                        ## -- End function
	.section	__TEXT,__text,regular,pure_instructions
	.globl	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE4takeEmRNS1_9code_roomE ## -- Begin function _ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE4takeEmRNS1_9code_roomE
	.weak_def_can_be_hidden	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE4takeEmRNS1_9code_roomE
	.p2align	4, 0x90
__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE4takeEmRNS1_9code_roomE: ## @_ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE4takeEmRNS1_9code_roomE
Lfunc_begin8:
	.cfi_startproc
	.cfi_personality 155, ___gxx_personality_v0
	.cfi_lsda 16, Lexception8
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	pushq	%rax
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	testq	%rsi, %rsi
	je	LBB30_1
## %bb.2:
	movq	%rsi, %r13
	movq	%rdi, %r14
	cmpq	%rsi, 16(%rdi)
	jae	LBB30_4
## %bb.3:
	movl	$27, %r12d
	leaq	L_.str.61(%rip), %r15
	jmp	LBB30_55
LBB30_1:
	movl	$22, %r12d
	leaq	L_.str.60(%rip), %r15
	jmp	LBB30_55
LBB30_4:
	movq	%rdx, %r15
	leaq	80(%r14), %rdi
	cmpq	$0, ___pthread_key_create@GOTPCREL(%rip)
	je	LBB30_8
## %bb.5:
	movq	%rdi, %rbx
	callq	_pthread_mutex_lock
	movq	%rbx, %rdi
	testl	%eax, %eax
	jne	LBB30_6
LBB30_8:
	cmpq	$0, 152(%r14)
	je	LBB30_25
## %bb.9:
	xorl	%r8d, %r8d
LBB30_10:                               ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB30_12 Depth 2
	movq	160(%r14), %rax
	movq	(%rax,%r8,8), %rcx
	cmpq	$-1, %rcx
	je	LBB30_24
## %bb.11:                              ##   in Loop: Header=BB30_10 Depth=1
	xorl	%eax, %eax
	.p2align	4, 0x90
LBB30_12:                               ##   Parent Loop BB30_10 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	btq	%rax, %rcx
	jae	LBB30_19
## %bb.13:                              ##   in Loop: Header=BB30_12 Depth=2
	leal	1(%rax), %edx
	movzbl	%dl, %edx
	btq	%rdx, %rcx
	jae	LBB30_17
## %bb.14:                              ##   in Loop: Header=BB30_12 Depth=2
	leal	2(%rax), %edx
	movzbl	%dl, %edx
	btq	%rdx, %rcx
	jae	LBB30_18
## %bb.15:                              ##   in Loop: Header=BB30_12 Depth=2
	leal	3(%rax), %edx
	movzbl	%dl, %edx
	btq	%rdx, %rcx
	jae	LBB30_16
## %bb.23:                              ##   in Loop: Header=BB30_12 Depth=2
	addq	$4, %rax
	cmpq	$64, %rax
	jne	LBB30_12
LBB30_24:                               ##   in Loop: Header=BB30_10 Depth=1
	addq	$1, %r8
	cmpq	152(%r14), %r8
	jb	LBB30_10
LBB30_25:
	movq	$-1, 8(%r15)
	movl	$28, %r12d
	leaq	L_.str.62(%rip), %r15
	jmp	LBB30_53
LBB30_17:
	addq	$1, %rax
	jmp	LBB30_19
LBB30_18:
	addq	$2, %rax
	jmp	LBB30_19
LBB30_16:
	addq	$3, %rax
LBB30_19:
	shlq	$6, %r8
	addq	%rax, %r8
	movl	$1, %r10d
	movq	%r8, %rsi
	.p2align	4, 0x90
LBB30_20:                               ## =>This Inner Loop Header: Depth=1
	movl	%esi, %eax
	andl	$63, %eax
	movl	$64, %ebx
	subq	%rax, %rbx
	cmpq	%rbx, %r10
	cmovbq	%r10, %rbx
	leaq	(%rbx,%rsi), %r9
	shrq	$6, %rsi
	movl	%ebx, %ecx
	negb	%cl
	movq	$-1, %rdx
	shrq	%cl, %rdx
	movl	%eax, %ecx
	shlq	%cl, %rdx
	movq	160(%r14), %rax
	lock		orq	%rdx, (%rax,%rsi,8)
	movq	%r9, %rsi
	subq	%rbx, %r10
	jne	LBB30_20
## %bb.21:
	movq	%r8, 8(%r15)
	movl	$28, %r12d
	cmpq	$-1, %r8
	je	LBB30_22
## %bb.27:
	movq	8(%r14), %r9
	leaq	(%r9,%r13), %r8
	addq	$-1, %r8
	movq	%r8, %rax
	orq	%r9, %rax
	shrq	$32, %rax
	je	LBB30_28
## %bb.29:
	movq	%r8, %rax
	xorl	%edx, %edx
	divq	%r9
	cmpq	$0, 128(%r14)
	jne	LBB30_31
	jmp	LBB30_47
LBB30_22:
	leaq	L_.str.62(%rip), %r15
	jmp	LBB30_53
LBB30_28:
	movl	%r8d, %eax
	xorl	%edx, %edx
	divl	%r9d
                                        ## kill: def $eax killed $eax def $rax
	cmpq	$0, 128(%r14)
	je	LBB30_47
LBB30_31:
	xorl	%r10d, %r10d
	xorl	%ebx, %ebx
	xorl	%r11d, %r11d
LBB30_32:                               ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB30_37 Depth 2
	movq	136(%r14), %rcx
	movq	(%rcx,%r11,8), %rcx
	cmpq	$-1, %rcx
	je	LBB30_33
## %bb.34:                              ##   in Loop: Header=BB30_32 Depth=1
	testq	%rcx, %rcx
	jne	LBB30_36
## %bb.35:                              ##   in Loop: Header=BB30_32 Depth=1
	leaq	64(%rbx), %rsi
	cmpq	%rax, %rsi
	jb	LBB30_46
LBB30_36:                               ##   in Loop: Header=BB30_32 Depth=1
	movq	%rbx, %rsi
	xorl	%edx, %edx
	.p2align	4, 0x90
LBB30_37:                               ##   Parent Loop BB30_32 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	addq	$1, %rsi
	btq	%rdx, %rcx
	cmovbq	%r10, %rsi
	cmpq	%rax, %rsi
	jae	LBB30_40
## %bb.38:                              ##   in Loop: Header=BB30_37 Depth=2
	leal	1(%rdx), %ebx
	movzbl	%bl, %ebx
	addq	$1, %rsi
	btq	%rbx, %rcx
	cmovbq	%r10, %rsi
	cmpq	%rax, %rsi
	jae	LBB30_39
## %bb.45:                              ##   in Loop: Header=BB30_37 Depth=2
	addq	$2, %rdx
	cmpq	$64, %rdx
	jne	LBB30_37
	jmp	LBB30_46
LBB30_33:                               ##   in Loop: Header=BB30_32 Depth=1
	xorl	%esi, %esi
LBB30_46:                               ##   in Loop: Header=BB30_32 Depth=1
	addq	$1, %r11
	movq	%rsi, %rbx
	cmpq	128(%r14), %r11
	jb	LBB30_32
LBB30_47:
	movq	$-1, (%r15)
	jmp	LBB30_48
LBB30_39:
	addq	$1, %rdx
LBB30_40:
	shlq	$6, %r11
	subq	%rax, %rdx
	leaq	(%rdx,%r11), %r10
	addq	$1, %r10
	cmpq	%r8, %r9
	ja	LBB30_43
## %bb.41:
	movq	%r10, %rdx
	.p2align	4, 0x90
LBB30_42:                               ## =>This Inner Loop Header: Depth=1
	movl	%edx, %r9d
	andl	$63, %r9d
	movl	$64, %ebx
	subq	%r9, %rbx
	cmpq	%rbx, %rax
	cmovbq	%rax, %rbx
	leaq	(%rbx,%rdx), %r8
	shrq	$6, %rdx
	movl	%ebx, %ecx
	negb	%cl
	movq	$-1, %rsi
	shrq	%cl, %rsi
	movl	%r9d, %ecx
	shlq	%cl, %rsi
	movq	136(%r14), %rcx
	lock		orq	%rsi, (%rcx,%rdx,8)
	movq	%r8, %rdx
	subq	%rbx, %rax
	jne	LBB30_42
LBB30_43:
	movq	%r10, (%r15)
	cmpq	$-1, %r10
	je	LBB30_48
## %bb.44:
	xorl	%r12d, %r12d
	leaq	L_.str.31(%rip), %r15
	jmp	LBB30_53
LBB30_48:
	movq	8(%r15), %r8
	movl	$1, %r9d
	leaq	L_.str.63(%rip), %r15
	.p2align	4, 0x90
LBB30_49:                               ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB30_50 Depth 2
	movl	%r8d, %eax
	andl	$63, %eax
	movl	$64, %r10d
	subq	%rax, %r10
	cmpq	%r10, %r9
	cmovbq	%r9, %r10
	movl	%r10d, %ecx
	negb	%cl
	movq	$-1, %r11
	shrq	%cl, %r11
	movq	%r8, %rdx
	movl	%eax, %ecx
	shlq	%cl, %r11
	shrq	$6, %rdx
	movq	160(%r14), %rcx
	movq	%r11, %rbx
	notq	%rbx
	movq	(%rcx,%rdx,8), %rax
	.p2align	4, 0x90
LBB30_50:                               ##   Parent Loop BB30_49 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movq	%rax, %rsi
	andq	%rbx, %rsi
	lock		cmpxchgq	%rsi, (%rcx,%rdx,8)
	jne	LBB30_50
## %bb.51:                              ##   in Loop: Header=BB30_49 Depth=1
	notq	%rax
	testq	%rax, %r11
	jne	LBB30_56
## %bb.52:                              ##   in Loop: Header=BB30_49 Depth=1
	addq	%r10, %r8
	subq	%r10, %r9
	jne	LBB30_49
LBB30_53:
	cmpq	$0, ___pthread_key_create@GOTPCREL(%rip)
	je	LBB30_55
## %bb.54:
	callq	_pthread_mutex_unlock
LBB30_55:
	movl	%r12d, %eax
	movq	%r15, %rdx
	addq	$8, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB30_56:
	leaq	L_.str.52(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB30_6:
Ltmp85:
	movl	%eax, %edi
	callq	__ZSt20__throw_system_errori
Ltmp86:
## %bb.7:
	ud2
LBB30_26:
Ltmp87:
	movq	%rax, %rdi
	callq	___clang_call_terminate
Lfunc_end8:
	.cfi_endproc
	.section	__TEXT,__gcc_except_tab
	.p2align	2
GCC_except_table30:
Lexception8:
	.byte	255                             ## @LPStart Encoding = omit
	.byte	155                             ## @TType Encoding = indirect pcrel sdata4
	.uleb128 Lttbase7-Lttbaseref7
Lttbaseref7:
	.byte	1                               ## Call site Encoding = uleb128
	.uleb128 Lcst_end8-Lcst_begin8
Lcst_begin8:
	.uleb128 Ltmp85-Lfunc_begin8            ## >> Call Site 1 <<
	.uleb128 Ltmp86-Ltmp85                  ##   Call between Ltmp85 and Ltmp86
	.uleb128 Ltmp87-Lfunc_begin8            ##     jumps to Ltmp87
	.byte	1                               ##   On action: 1
Lcst_end8:
	.byte	1                               ## >> Action Record 1 <<
                                        ##   Catch TypeInfo 1
	.byte	0                               ##   No further actions
	.p2align	2
                                        ## >> Catch TypeInfos <<
	.long	0                               ## TypeInfo 1
Lttbase7:
	.p2align	2
                                        ## -- End function
	.section	__TEXT,__text,regular,pure_instructions
	.p2align	1, 0x90                         ## -- Begin function _ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE12take_at_lastEmRNSA_9code_roomE
__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE12take_at_lastEmRNSA_9code_roomE: ## @_ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE12take_at_lastEmRNSA_9code_roomE
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	subq	$40, %rsp
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	%rdx, -80(%rbp)                 ## 8-byte Spill
	movq	%rsi, -72(%rbp)                 ## 8-byte Spill
	movq	%rdi, %rbx
	leaq	256(%rdi), %r12
	leaq	192(%rdi), %rax
	movq	%rax, -56(%rbp)                 ## 8-byte Spill
	leaq	16(%rdi), %rax
	movq	%rax, -48(%rbp)                 ## 8-byte Spill
	movl	$63, %r14d
	movq	%rdi, -64(%rbp)                 ## 8-byte Spill
LBB31_1:                                ## =>This Inner Loop Header: Depth=1
	movq	%r12, %rdi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE5flushEv
	movq	%rax, %r13
	movq	%r12, %rdi
	callq	__ZN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE7collectEv
	movq	%rax, %r15
	addq	%r13, %r15
	movq	-56(%rbp), %rdi                 ## 8-byte Reload
	callq	__ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE4tellEv
	cmpq	$0, 200(%rbx)
	je	LBB31_2
## %bb.3:                               ##   in Loop: Header=BB31_1 Depth=1
	movq	248(%rbx), %rax
	testq	%rax, %rax
	setne	%al
	jmp	LBB31_4
LBB31_2:                                ##   in Loop: Header=BB31_1 Depth=1
	xorl	%eax, %eax
LBB31_4:                                ##   in Loop: Header=BB31_1 Depth=1
	movzbl	%al, %ebx
	negq	%rbx
	movq	-48(%rbp), %rdi                 ## 8-byte Reload
	movq	-72(%rbp), %rsi                 ## 8-byte Reload
	movq	-80(%rbp), %rdx                 ## 8-byte Reload
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE4takeEmRNS1_9code_roomE
	subl	$1, %r14d
	setb	%cl
	cmpq	%rbx, %r15
	movq	-64(%rbp), %rbx                 ## 8-byte Reload
	je	LBB31_7
## %bb.5:                               ##   in Loop: Header=BB31_1 Depth=1
	cmpl	$28, %eax
	jne	LBB31_7
## %bb.6:                               ##   in Loop: Header=BB31_1 Depth=1
	testb	%cl, %cl
	je	LBB31_1
LBB31_7:
	addq	$40, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE7publishB12auto_checkedEPNS0_10code_draftIS3_S9_SB_EEmPNS0_10strong_refIS3_EE
__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE7publishB12auto_checkedEPNS0_10code_draftIS3_S9_SB_EEmPNS0_10strong_refIS3_EE: ## @_ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE7publishB12auto_checkedEPNS0_10code_draftIS3_S9_SB_EEmPNS0_10strong_refIS3_EE
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	subq	$88, %rsp
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	%rdx, %r15
	movq	%rsi, %r12
	movq	%rdi, %r14
	leaq	L_.str.32(%rip), %rdx
	movl	$12, %eax
	cmpq	$0, 184(%rdi)
	je	LBB32_6
## %bb.1:
	cmpq	$0, 200(%r14)
	je	LBB32_5
## %bb.2:
	cmpq	$0, 216(%r14)
	je	LBB32_6
## %bb.3:
	cmpq	$0, 224(%r14)
	je	LBB32_6
## %bb.4:
	cmpq	$0, 232(%r14)
	je	LBB32_6
LBB32_5:
	movl	48(%r14), %eax
	movq	56(%r14), %rdx
LBB32_6:
	testl	%eax, %eax
	je	LBB32_8
LBB32_7:
	addq	$88, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB32_8:
	testq	%r15, %r15
	je	LBB32_26
## %bb.9:
	leaq	8(%r12), %rdi
	xorl	%edx, %edx
	leaq	L_.str.65(%rip), %rbx
	leaq	L_.str.66(%rip), %rsi
	movl	$22, %eax
	.p2align	4, 0x90
LBB32_10:                               ## =>This Inner Loop Header: Depth=1
	cmpq	$0, (%rdi)
	je	LBB32_56
## %bb.11:                              ##   in Loop: Header=BB32_10 Depth=1
	cmpq	%r14, -8(%rdi)
	jne	LBB32_56
## %bb.12:                              ##   in Loop: Header=BB32_10 Depth=1
	cmpq	$0, (%rcx,%rdx,8)
	jne	LBB32_57
## %bb.13:                              ##   in Loop: Header=BB32_10 Depth=1
	addq	$1, %rdx
	addq	$40, %rdi
	cmpq	%rdx, %r15
	jne	LBB32_10
## %bb.14:
	testq	%r15, %r15
	je	LBB32_26
## %bb.15:
	leaq	32(%r12), %rax
	movq	%r15, %rsi
	.p2align	4, 0x90
LBB32_16:                               ## =>This Inner Loop Header: Depth=1
	movb	$0, (%rax)
	movq	-24(%rax), %rdx
	cmpq	$0, 8(%rdx)
	jne	LBB32_126
## %bb.17:                              ##   in Loop: Header=BB32_16 Depth=1
	addq	$40, %rax
	addq	$-1, %rsi
	jne	LBB32_16
## %bb.18:
	testq	%r15, %r15
	je	LBB32_26
## %bb.19:
	cmpq	$8, %r15
	jae	LBB32_60
## %bb.20:
	xorl	%eax, %eax
LBB32_21:
	movq	%rax, %rsi
	notq	%rsi
	testb	$1, %r15b
	je	LBB32_25
## %bb.22:
	leaq	(%rax,%rax,4), %rdx
	cmpb	$0, 33(%r12,%rdx,8)
	je	LBB32_24
## %bb.23:
	leaq	(%r12,%rdx,8), %rdx
	addq	$33, %rdx
	movb	$0, (%rdx)
LBB32_24:
	orq	$1, %rax
LBB32_25:
	addq	%r15, %rsi
	jne	LBB32_64
LBB32_26:
	movq	%r14, -72(%rbp)
	movq	%r12, -64(%rbp)
	cmpb	$0, 8(%r14)
	je	LBB32_38
## %bb.27:
	testq	%r15, %r15
	je	LBB32_54
## %bb.28:
	movq	%rcx, -56(%rbp)                 ## 8-byte Spill
	leaq	8(%r12), %rcx
	leaq	L_.str.69(%rip), %r9
	movq	%r15, %rdx
	jmp	LBB32_31
	.p2align	4, 0x90
LBB32_29:                               ##   in Loop: Header=BB32_31 Depth=1
	## InlineAsm Start
	sfence
	## InlineAsm End
LBB32_30:                               ##   in Loop: Header=BB32_31 Depth=1
	addq	$40, %rcx
	addq	$-1, %rdx
	je	LBB32_39
LBB32_31:                               ## =>This Inner Loop Header: Depth=1
	movq	(%rcx), %rax
	movq	24(%r14), %rsi
	imulq	48(%rax), %rsi
	movq	40(%rax), %r8
	movq	%r8, %rdi
	movl	$22, %eax
	subq	$1, %rdi
	jb	LBB32_33
## %bb.32:                              ##   in Loop: Header=BB32_31 Depth=1
	movq	64(%r14), %rbx
	addq	%rsi, %rbx
	notq	%rbx
	cmpq	%rbx, %rdi
	ja	LBB32_58
LBB32_33:                               ##   in Loop: Header=BB32_31 Depth=1
	addq	72(%r14), %rsi
	notq	%rsi
	testq	%r8, %r8
	je	LBB32_35
## %bb.34:                              ##   in Loop: Header=BB32_31 Depth=1
	cmpq	%rsi, %rdi
	jbe	LBB32_29
LBB32_35:                               ##   in Loop: Header=BB32_31 Depth=1
	testq	%r8, %r8
	je	LBB32_30
## %bb.36:                              ##   in Loop: Header=BB32_31 Depth=1
	cmpq	%rsi, %rdi
	jbe	LBB32_30
LBB32_58:
	movq	%r9, %rdx
	jmp	LBB32_7
LBB32_56:
	movq	%rbx, %rdx
	jmp	LBB32_7
LBB32_38:
	movq	%rcx, -56(%rbp)                 ## 8-byte Spill
	leaq	-72(%rbp), %rsi
	movq	%r15, %rdi
	callq	__ZN7lazyref4v0_26detail19process_code_system14publish_rangesIRKZNS0_10code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEES2_E7publishB12auto_checkedEPNS0_10code_draftIS6_SC_S2_EEmPNS0_10strong_refIS6_EEEUlmE_EENS0_11sync_resultEmOT_
	testl	%eax, %eax
	jne	LBB32_7
LBB32_39:
	movq	%r15, -48(%rbp)                 ## 8-byte Spill
	cmpq	$0, 200(%r14)
	je	LBB32_43
## %bb.40:
	cmpq	$0, -48(%rbp)                   ## 8-byte Folded Reload
	je	LBB32_43
## %bb.41:
	leaq	192(%r14), %r13
	leaq	8(%r12), %rbx
	movq	-48(%rbp), %r15                 ## 8-byte Reload
	.p2align	4, 0x90
LBB32_42:                               ## =>This Inner Loop Header: Depth=1
	movq	(%rbx), %rsi
	movq	24(%r14), %rcx
	imulq	48(%rsi), %rcx
	movq	40(%rsi), %r8
	subq	184(%r14), %rsi
	sarq	$6, %rsi
	movq	72(%r14), %rdx
	addq	%rcx, %rdx
	addq	64(%r14), %rcx
	pxor	%xmm0, %xmm0
	movdqa	%xmm0, -96(%rbp)
	movdqa	%xmm0, -112(%rbp)
	movdqa	%xmm0, -128(%rbp)
	movb	$0, -80(%rbp)
	movq	%r13, %rdi
	leaq	-128(%rbp), %r9
	callq	__ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE9publishedEmPKvS9_mRKNS0_16code_descriptionE
	addq	$40, %rbx
	addq	$-1, %r15
	jne	LBB32_42
LBB32_43:
	leaq	L_.str.31(%rip), %rdx
	movq	-48(%rbp), %r8                  ## 8-byte Reload
	testq	%r8, %r8
	je	LBB32_59
## %bb.44:
	leaq	256(%r14), %rbx
	addq	$8, %r12
	xorl	%r15d, %r15d
	movq	-56(%rbp), %r13                 ## 8-byte Reload
	jmp	LBB32_47
	.p2align	4, 0x90
LBB32_45:                               ##   in Loop: Header=BB32_47 Depth=1
	movq	(%rdi), %rax
	callq	*(%rax)
	movq	-48(%rbp), %r8                  ## 8-byte Reload
LBB32_46:                               ##   in Loop: Header=BB32_47 Depth=1
	addq	$1, %r15
	addq	$40, %r12
	cmpq	%r15, %r8
	je	LBB32_54
LBB32_47:                               ## =>This Inner Loop Header: Depth=1
	movq	(%r12), %rax
	movq	$0, (%r12)
	movq	24(%r14), %rcx
	imulq	48(%rax), %rcx
	addq	72(%r14), %rcx
	movq	%rcx, 32(%rax)
	cmpq	$0, 8(%rax)
	jne	LBB32_125
## %bb.48:                              ##   in Loop: Header=BB32_47 Depth=1
	movq	%rbx, 8(%rax)
	movq	384(%r14), %rcx
	testq	%rcx, %rcx
	je	LBB32_50
## %bb.49:                              ##   in Loop: Header=BB32_47 Depth=1
	movl	392(%r14), %ecx
LBB32_50:                               ##   in Loop: Header=BB32_47 Depth=1
	lock		addq	$1, 320(%r14)
	movq	(%r13,%r15,8), %rsi
	movq	%rax, (%r13,%r15,8)
	testq	%rsi, %rsi
	je	LBB32_46
## %bb.51:                              ##   in Loop: Header=BB32_47 Depth=1
	movq	8(%rsi), %rdi
	movl	$-1, %eax
	lock		xaddl	%eax, (%rsi)
	cmpl	$1, %eax
	je	LBB32_45
## %bb.52:                              ##   in Loop: Header=BB32_47 Depth=1
	testl	%eax, %eax
	jne	LBB32_46
## %bb.53:
	leaq	L_.str.81(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB32_54:
	xorl	%eax, %eax
	leaq	L_.str.31(%rip), %rdx
	jmp	LBB32_7
LBB32_57:
	movq	%rsi, %rdx
	jmp	LBB32_7
LBB32_59:
	xorl	%eax, %eax
	jmp	LBB32_7
LBB32_60:
	leaq	-1(%r15), %rax
	leaq	33(%r12), %rsi
	movl	$40, %edx
	mulq	%rdx
	seto	%bl
	leaq	(%r12,%rax), %rdx
	addq	$33, %rdx
	xorl	%eax, %eax
	cmpq	%rsi, %rdx
	jb	LBB32_21
## %bb.61:
	testb	%bl, %bl
	jne	LBB32_21
## %bb.62:
	cmpq	$16, %r15
	jae	LBB32_70
## %bb.63:
	xorl	%eax, %eax
	jmp	LBB32_106
LBB32_64:
	movq	%r15, %rdx
	subq	%rax, %rdx
	leaq	(%rax,%rax,4), %rax
	leaq	(%r12,%rax,8), %rax
	addq	$73, %rax
	jmp	LBB32_66
	.p2align	4, 0x90
LBB32_65:                               ##   in Loop: Header=BB32_66 Depth=1
	addq	$80, %rax
	addq	$-2, %rdx
	je	LBB32_26
LBB32_66:                               ## =>This Inner Loop Header: Depth=1
	cmpb	$0, -40(%rax)
	je	LBB32_68
## %bb.67:                              ##   in Loop: Header=BB32_66 Depth=1
	movb	$0, -40(%rax)
LBB32_68:                               ##   in Loop: Header=BB32_66 Depth=1
	cmpb	$0, (%rax)
	je	LBB32_65
## %bb.69:                              ##   in Loop: Header=BB32_66 Depth=1
	movb	$0, (%rax)
	jmp	LBB32_65
LBB32_70:
	movq	%r15, %rax
	andq	$-16, %rax
	leaq	633(%r12), %rdi
	pxor	%xmm0, %xmm0
	movq	%rax, %rdx
	jmp	LBB32_72
LBB32_71:                               ##   in Loop: Header=BB32_72 Depth=1
	addq	$640, %rdi                      ## imm = 0x280
	addq	$-16, %rdx
	je	LBB32_104
LBB32_72:                               ## =>This Inner Loop Header: Depth=1
	movzbl	-600(%rdi), %esi
	movd	%esi, %xmm1
	pinsrb	$1, -560(%rdi), %xmm1
	pinsrb	$2, -520(%rdi), %xmm1
	pinsrb	$3, -480(%rdi), %xmm1
	pinsrb	$4, -440(%rdi), %xmm1
	pinsrb	$5, -400(%rdi), %xmm1
	pinsrb	$6, -360(%rdi), %xmm1
	pinsrb	$7, -320(%rdi), %xmm1
	pinsrb	$8, -280(%rdi), %xmm1
	pinsrb	$9, -240(%rdi), %xmm1
	pinsrb	$10, -200(%rdi), %xmm1
	pinsrb	$11, -160(%rdi), %xmm1
	pinsrb	$12, -120(%rdi), %xmm1
	pinsrb	$13, -80(%rdi), %xmm1
	pinsrb	$14, -40(%rdi), %xmm1
	pinsrb	$15, (%rdi), %xmm1
	movdqa	%xmm1, %xmm2
	pcmpgtb	%xmm0, %xmm2
	movd	%xmm2, %esi
	testb	$1, %sil
	je	LBB32_74
## %bb.73:                              ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -600(%rdi)
LBB32_74:                               ##   in Loop: Header=BB32_72 Depth=1
	pcmpeqb	%xmm0, %xmm1
	pextrb	$1, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_76
## %bb.75:                              ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -560(%rdi)
LBB32_76:                               ##   in Loop: Header=BB32_72 Depth=1
	pextrb	$2, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_78
## %bb.77:                              ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -520(%rdi)
LBB32_78:                               ##   in Loop: Header=BB32_72 Depth=1
	pextrb	$3, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_80
## %bb.79:                              ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -480(%rdi)
LBB32_80:                               ##   in Loop: Header=BB32_72 Depth=1
	pextrb	$4, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_82
## %bb.81:                              ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -440(%rdi)
LBB32_82:                               ##   in Loop: Header=BB32_72 Depth=1
	pextrb	$5, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_84
## %bb.83:                              ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -400(%rdi)
LBB32_84:                               ##   in Loop: Header=BB32_72 Depth=1
	pextrb	$6, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_86
## %bb.85:                              ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -360(%rdi)
LBB32_86:                               ##   in Loop: Header=BB32_72 Depth=1
	pextrb	$7, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_88
## %bb.87:                              ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -320(%rdi)
LBB32_88:                               ##   in Loop: Header=BB32_72 Depth=1
	pextrb	$8, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_90
## %bb.89:                              ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -280(%rdi)
LBB32_90:                               ##   in Loop: Header=BB32_72 Depth=1
	pextrb	$9, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_92
## %bb.91:                              ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -240(%rdi)
LBB32_92:                               ##   in Loop: Header=BB32_72 Depth=1
	pextrb	$10, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_94
## %bb.93:                              ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -200(%rdi)
LBB32_94:                               ##   in Loop: Header=BB32_72 Depth=1
	pextrb	$11, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_96
## %bb.95:                              ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -160(%rdi)
LBB32_96:                               ##   in Loop: Header=BB32_72 Depth=1
	pextrb	$12, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_98
## %bb.97:                              ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -120(%rdi)
LBB32_98:                               ##   in Loop: Header=BB32_72 Depth=1
	pextrb	$13, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_100
## %bb.99:                              ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -80(%rdi)
LBB32_100:                              ##   in Loop: Header=BB32_72 Depth=1
	pextrb	$14, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_102
## %bb.101:                             ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, -40(%rdi)
LBB32_102:                              ##   in Loop: Header=BB32_72 Depth=1
	pextrb	$15, %xmm1, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_71
## %bb.103:                             ##   in Loop: Header=BB32_72 Depth=1
	movb	$0, (%rdi)
	jmp	LBB32_71
LBB32_104:
	cmpq	%r15, %rax
	je	LBB32_26
## %bb.105:
	testb	$8, %r15b
	je	LBB32_21
LBB32_106:
	movq	%rax, %rdi
	movq	%r15, %rax
	andq	$-8, %rax
	leaq	(%rdi,%rdi,4), %rdx
	leaq	(%r12,%rdx,8), %rdx
	addq	$313, %rdx                      ## imm = 0x139
	subq	%rax, %rdi
	pxor	%xmm0, %xmm0
	pcmpeqd	%xmm1, %xmm1
	jmp	LBB32_108
LBB32_107:                              ##   in Loop: Header=BB32_108 Depth=1
	addq	$320, %rdx                      ## imm = 0x140
	addq	$8, %rdi
	je	LBB32_124
LBB32_108:                              ## =>This Inner Loop Header: Depth=1
	movzbl	-280(%rdx), %esi
	movd	%esi, %xmm2
	pinsrb	$1, -240(%rdx), %xmm2
	pinsrb	$2, -200(%rdx), %xmm2
	pinsrb	$3, -160(%rdx), %xmm2
	pinsrb	$4, -120(%rdx), %xmm2
	pinsrb	$5, -80(%rdx), %xmm2
	pinsrb	$6, -40(%rdx), %xmm2
	pinsrb	$7, (%rdx), %xmm2
	pcmpeqb	%xmm0, %xmm2
	movd	%xmm2, %esi
	notb	%sil
	testb	$1, %sil
	je	LBB32_110
## %bb.109:                             ##   in Loop: Header=BB32_108 Depth=1
	movb	$0, -280(%rdx)
LBB32_110:                              ##   in Loop: Header=BB32_108 Depth=1
	pxor	%xmm1, %xmm2
	pextrb	$1, %xmm2, %esi
	testb	$1, %sil
	je	LBB32_112
## %bb.111:                             ##   in Loop: Header=BB32_108 Depth=1
	movb	$0, -240(%rdx)
LBB32_112:                              ##   in Loop: Header=BB32_108 Depth=1
	pextrb	$2, %xmm2, %esi
	testb	$1, %sil
	je	LBB32_114
## %bb.113:                             ##   in Loop: Header=BB32_108 Depth=1
	movb	$0, -200(%rdx)
LBB32_114:                              ##   in Loop: Header=BB32_108 Depth=1
	pextrb	$3, %xmm2, %esi
	testb	$1, %sil
	je	LBB32_116
## %bb.115:                             ##   in Loop: Header=BB32_108 Depth=1
	movb	$0, -160(%rdx)
LBB32_116:                              ##   in Loop: Header=BB32_108 Depth=1
	pextrb	$4, %xmm2, %esi
	testb	$1, %sil
	je	LBB32_118
## %bb.117:                             ##   in Loop: Header=BB32_108 Depth=1
	movb	$0, -120(%rdx)
LBB32_118:                              ##   in Loop: Header=BB32_108 Depth=1
	pextrb	$5, %xmm2, %esi
	testb	$1, %sil
	je	LBB32_120
## %bb.119:                             ##   in Loop: Header=BB32_108 Depth=1
	movb	$0, -80(%rdx)
LBB32_120:                              ##   in Loop: Header=BB32_108 Depth=1
	pextrb	$6, %xmm2, %esi
	testb	$1, %sil
	je	LBB32_122
## %bb.121:                             ##   in Loop: Header=BB32_108 Depth=1
	movb	$0, -40(%rdx)
LBB32_122:                              ##   in Loop: Header=BB32_108 Depth=1
	pextrb	$7, %xmm2, %esi
	testb	$1, %sil
	je	LBB32_107
## %bb.123:                             ##   in Loop: Header=BB32_108 Depth=1
	movb	$0, (%rdx)
	jmp	LBB32_107
LBB32_124:
	cmpq	%r15, %rax
	jne	LBB32_21
	jmp	LBB32_26
LBB32_125:
	leaq	L_.str.76(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB32_126:
	leaq	L_.str.67(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_26detail19process_code_system14publish_rangesIRKZNS0_10code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEES2_E7publishB12auto_checkedEPNS0_10code_draftIS6_SC_S2_EEmPNS0_10strong_refIS6_EEEUlmE_EENS0_11sync_resultEmOT_
__ZN7lazyref4v0_26detail19process_code_system14publish_rangesIRKZNS0_10code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEES2_E7publishB12auto_checkedEPNS0_10code_draftIS6_SC_S2_EEmPNS0_10strong_refIS6_EEEUlmE_EENS0_11sync_resultEmOT_: ## @_ZN7lazyref4v0_26detail19process_code_system14publish_rangesIRKZNS0_10code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEES2_E7publishB12auto_checkedEPNS0_10code_draftIS6_SC_S2_EEmPNS0_10strong_refIS6_EEEUlmE_EENS0_11sync_resultEmOT_
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rbx
	pushq	%rax
	.cfi_offset %rbx, -24
	testq	%rdi, %rdi
	je	LBB33_10
## %bb.1:
	movl	$8, %r8d
	leaq	L_.str.69(%rip), %rdx
	jmp	LBB33_2
	.p2align	4, 0x90
LBB33_6:                                ##   in Loop: Header=BB33_2 Depth=1
	## InlineAsm Start
	sfence
	## InlineAsm End
LBB33_9:                                ##   in Loop: Header=BB33_2 Depth=1
	addq	$40, %r8
	addq	$-1, %rdi
	je	LBB33_10
LBB33_2:                                ## =>This Inner Loop Header: Depth=1
	movq	(%rsi), %r11
	movq	8(%rsi), %rax
	movq	(%rax,%r8), %rax
	movq	24(%r11), %rcx
	imulq	48(%rax), %rcx
	movq	40(%rax), %r10
	movq	%r10, %r9
	movl	$22, %eax
	subq	$1, %r9
	jb	LBB33_4
## %bb.3:                               ##   in Loop: Header=BB33_2 Depth=1
	movq	64(%r11), %rbx
	addq	%rcx, %rbx
	notq	%rbx
	cmpq	%rbx, %r9
	ja	LBB33_20
LBB33_4:                                ##   in Loop: Header=BB33_2 Depth=1
	addq	72(%r11), %rcx
	notq	%rcx
	testq	%r10, %r10
	je	LBB33_7
## %bb.5:                               ##   in Loop: Header=BB33_2 Depth=1
	cmpq	%rcx, %r9
	jbe	LBB33_6
LBB33_7:                                ##   in Loop: Header=BB33_2 Depth=1
	testq	%r10, %r10
	je	LBB33_9
## %bb.8:                               ##   in Loop: Header=BB33_2 Depth=1
	cmpq	%rcx, %r9
	jbe	LBB33_9
	jmp	LBB33_20
LBB33_10:
	movq	__ZN7lazyref4v0_24arch13x86_leaf7_edxE@GOTPCREL(%rip), %rsi
	movl	(%rsi), %edx
	testl	%edx, %edx
	jne	LBB33_14
## %bb.11:
	xorl	%eax, %eax
	xorl	%ecx, %ecx
	## InlineAsm Start
	cpuid
	## InlineAsm End
	movl	$1, %edx
	cmpl	$7, %eax
	jb	LBB33_13
## %bb.12:
	movl	$7, %eax
	xorl	%ecx, %ecx
	## InlineAsm Start
	cpuid
	## InlineAsm End
	orl	$1, %edx
LBB33_13:
	movl	%edx, (%rsi)
LBB33_14:
	xorl	%eax, %eax
	## InlineAsm Start
	.byte	243
	.byte	72
	.byte	15
	.byte	30
	.byte	200
	## InlineAsm End
	xorl	%ecx, %ecx
	cmpq	$1, %rax
	movb	$2, %al
	sbbb	$0, %al
	testl	$16384, %edx                    ## imm = 0x4000
	movzbl	%al, %eax
	cmovnel	%ecx, %eax
	cmpb	$1, %al
	je	LBB33_17
## %bb.15:
	testb	%al, %al
	jne	LBB33_18
## %bb.16:
	## InlineAsm Start
	.byte	15
	.byte	1
	.byte	232
	## InlineAsm End
	jmp	LBB33_19
LBB33_17:
	callq	__ZN7lazyref4v0_24arch8x86_iretEv
	jmp	LBB33_19
LBB33_18:
	xorl	%eax, %eax
	xorl	%ecx, %ecx
	## InlineAsm Start
	cpuid
	## InlineAsm End
LBB33_19:
	leaq	L_.str.21(%rip), %rdx
	movl	$95, %eax
LBB33_20:
	addq	$8, %rsp
	popq	%rbx
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.globl	__ZN7lazyref4v0_24arch8x86_iretEv ## -- Begin function _ZN7lazyref4v0_24arch8x86_iretEv
	.weak_def_can_be_hidden	__ZN7lazyref4v0_24arch8x86_iretEv
	.p2align	4, 0x90
__ZN7lazyref4v0_24arch8x86_iretEv:      ## @_ZN7lazyref4v0_24arch8x86_iretEv
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	## InlineAsm Start
	movq	%rsp, %rax
	leaq	-128(%rsp), %rsp
	movl	%ss, %ecx
	pushq	%rcx
	pushq	%rax
	pushfq
	movl	%cs, %ecx
	pushq	%rcx
	leaq	Ltmp88(%rip), %rcx
	pushq	%rcx
	iretq
Ltmp88:
	## InlineAsm End
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.globl	__ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE9publishedEmPKvS9_mRKNS0_16code_descriptionE ## -- Begin function _ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE9publishedEmPKvS9_mRKNS0_16code_descriptionE
	.weak_def_can_be_hidden	__ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE9publishedEmPKvS9_mRKNS0_16code_descriptionE
	.p2align	4, 0x90
__ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE9publishedEmPKvS9_mRKNS0_16code_descriptionE: ## @_ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE9publishedEmPKvS9_mRKNS0_16code_descriptionE
Lfunc_begin9:
	.cfi_startproc
	.cfi_personality 155, ___gxx_personality_v0
	.cfi_lsda 16, Lexception9
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	subq	$72, %rsp
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	%r9, -72(%rbp)                  ## 8-byte Spill
	movq	%r8, -64(%rbp)                  ## 8-byte Spill
	movq	%rcx, %rbx
	movq	%rdx, %r12
	movq	%rsi, %r15
	movq	%rdi, %r14
	movl	$0, -48(%rbp)
Ltmp89:
	leaq	-48(%rbp), %rsi
	movl	$1, %edi
	callq	_pthread_setcancelstate
Ltmp90:
## %bb.1:
	movq	__ZN7lazyref4v0_26detail14code_ids_givenE@GOTPCREL(%rip), %rax
	movl	$1, %r13d
	lock		xaddq	%r13, (%rax)
	addq	$1, %r13
	movq	%r13, -112(%rbp)
	movq	%r12, -56(%rbp)                 ## 8-byte Spill
	movq	%r12, -104(%rbp)
	movq	%rbx, -96(%rbp)
	movq	-64(%rbp), %rax                 ## 8-byte Reload
	movq	%rax, -88(%rbp)
	movq	-72(%rbp), %rax                 ## 8-byte Reload
	movq	%rax, -80(%rbp)
	cmpq	$0, 8(%r14)
	je	LBB35_4
## %bb.2:
	xorl	%ebx, %ebx
	leaq	-112(%rbp), %r12
	.p2align	4, 0x90
LBB35_3:                                ## =>This Inner Loop Header: Depth=1
	movq	24(%r14), %rax
	movq	(%rax,%rbx,8), %rdi
	movq	(%rdi), %rax
	movq	%r12, %rsi
	callq	*(%rax)
	movq	8(%r14), %rcx
	movq	32(%r14), %rdx
	movq	%rcx, %rsi
	imulq	%r15, %rsi
	addq	%rbx, %rsi
	movq	%rax, (%rdx,%rsi,8)
	addq	$1, %rbx
	cmpq	%rcx, %rbx
	jb	LBB35_3
LBB35_4:
	movq	40(%r14), %rax
	shlq	$4, %r15
	leaq	(%r15,%r15,2), %rcx
	movq	-56(%rbp), %rdx                 ## 8-byte Reload
	movq	%rdx, 8(%rax,%rcx)
	movq	40(%r14), %rax
	movq	%r13, (%rax,%rcx)
	movl	-48(%rbp), %edi
Ltmp92:
	leaq	-112(%rbp), %rsi
	callq	_pthread_setcancelstate
Ltmp93:
## %bb.5:
	addq	$72, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB35_7:
Ltmp94:
	movq	%rax, %rdi
	callq	___clang_call_terminate
LBB35_6:
Ltmp91:
	movq	%rax, %rdi
	callq	___clang_call_terminate
Lfunc_end9:
	.cfi_endproc
	.section	__TEXT,__gcc_except_tab
	.p2align	2
GCC_except_table35:
Lexception9:
	.byte	255                             ## @LPStart Encoding = omit
	.byte	155                             ## @TType Encoding = indirect pcrel sdata4
	.uleb128 Lttbase8-Lttbaseref8
Lttbaseref8:
	.byte	1                               ## Call site Encoding = uleb128
	.uleb128 Lcst_end9-Lcst_begin9
Lcst_begin9:
	.uleb128 Ltmp89-Lfunc_begin9            ## >> Call Site 1 <<
	.uleb128 Ltmp90-Ltmp89                  ##   Call between Ltmp89 and Ltmp90
	.uleb128 Ltmp91-Lfunc_begin9            ##     jumps to Ltmp91
	.byte	1                               ##   On action: 1
	.uleb128 Ltmp90-Lfunc_begin9            ## >> Call Site 2 <<
	.uleb128 Ltmp92-Ltmp90                  ##   Call between Ltmp90 and Ltmp92
	.byte	0                               ##     has no landing pad
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp92-Lfunc_begin9            ## >> Call Site 3 <<
	.uleb128 Ltmp93-Ltmp92                  ##   Call between Ltmp92 and Ltmp93
	.uleb128 Ltmp94-Lfunc_begin9            ##     jumps to Ltmp94
	.byte	1                               ##   On action: 1
Lcst_end9:
	.byte	1                               ## >> Action Record 1 <<
                                        ##   Catch TypeInfo 1
	.byte	0                               ##   No further actions
	.p2align	2
                                        ## >> Catch TypeInfos <<
	.long	0                               ## TypeInfo 1
Lttbase8:
	.p2align	2
                                        ## -- End function
	.section	__TEXT,__text,regular,pure_instructions
	.p2align	1, 0x90                         ## -- Begin function _ZN7lazyref4v0_26detail13retired_listsIN12_GLOBAL__N_18functionENS1_12reclaim_coreINS1_11domain_coreIS4_NS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES4_SC_E4linkENS0_8std_syncEE11note_insideEv
__ZN7lazyref4v0_26detail13retired_listsIN12_GLOBAL__N_18functionENS1_12reclaim_coreINS1_11domain_coreIS4_NS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES4_SC_E4linkENS0_8std_syncEE11note_insideEv: ## @_ZN7lazyref4v0_26detail13retired_listsIN12_GLOBAL__N_18functionENS1_12reclaim_coreINS1_11domain_coreIS4_NS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES4_SC_E4linkENS0_8std_syncEE11note_insideEv
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	movq	%rdi, %rcx
	movq	__ZN7lazyref4v0_26detail18this_threads_flushE@TLVP(%rip), %rdi
	callq	*(%rdi)
	movq	(%rax), %rax
LBB36_1:                                ## =>This Inner Loop Header: Depth=1
	testq	%rax, %rax
	je	LBB36_4
## %bb.2:                               ##   in Loop: Header=BB36_1 Depth=1
	cmpq	%rcx, (%rax)
	je	LBB36_3
## %bb.5:                               ##   in Loop: Header=BB36_1 Depth=1
	movq	8(%rax), %rax
	jmp	LBB36_1
LBB36_3:
	movb	$1, 16(%rax)
LBB36_4:
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.p2align	1, 0x90                         ## -- Begin function _ZN7lazyref4v0_26detail13retired_listsIN12_GLOBAL__N_18functionENS1_12reclaim_coreINS1_11domain_coreIS4_NS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES4_SC_E4linkENS0_8std_syncEE4list6is_dueElRKNS1_13retire_limitsERKSt6atomicImE
__ZN7lazyref4v0_26detail13retired_listsIN12_GLOBAL__N_18functionENS1_12reclaim_coreINS1_11domain_coreIS4_NS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES4_SC_E4linkENS0_8std_syncEE4list6is_dueElRKNS1_13retire_limitsERKSt6atomicImE: ## @_ZN7lazyref4v0_26detail13retired_listsIN12_GLOBAL__N_18functionENS1_12reclaim_coreINS1_11domain_coreIS4_NS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES4_SC_E4linkENS0_8std_syncEE4list6is_dueElRKNS1_13retire_limitsERKSt6atomicImE
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%rbx
	subq	$24, %rsp
	.cfi_offset %rbx, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	%rcx, %r14
	movq	%rdi, %rbx
	movq	32(%rdi), %rcx
	testq	%rcx, %rcx
	jne	LBB37_2
## %bb.1:
	movq	(%rdx), %rcx
LBB37_2:
	movb	$1, %al
	cmpq	%rsi, %rcx
	jle	LBB37_6
## %bb.3:
	leaq	(%rsi,%rsi), %rax
	leaq	64(%rsi), %rdx
	cmpq	$64, %rsi
	cmovlq	%rax, %rdx
	cmpq	$4, %rsi
	movl	$4, %eax
	cmovgeq	%rdx, %rax
	cmpq	%rcx, %rax
	cmovgeq	%rcx, %rax
	movq	%rax, 24(%rbx)
	cmpq	$4, %rsi
	jge	LBB37_5
## %bb.4:
	xorl	%eax, %eax
	jmp	LBB37_6
LBB37_5:
	xorps	%xmm0, %xmm0
	leaq	-48(%rbp), %r15
	movaps	%xmm0, (%r15)
	movl	$1, %edi
	movq	%r15, %rsi
	callq	_clock_gettime
	imulq	$1000000000, (%r15), %rax       ## imm = 0x3B9ACA00
	addq	8(%r15), %rax
	movq	40(%rbx), %rcx
	subq	%rcx, %rax
	movq	(%r14), %rcx
	shlq	$4, %rcx
	cmpq	%rcx, %rax
	seta	%al
LBB37_6:
                                        ## kill: def $al killed $al killed $eax
	addq	$24, %rsp
	popq	%rbx
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN12_GLOBAL__N_14makeERN7lazyref4v0_210code_spaceINS_8functionENS1_14domain_optionsILNS1_6policyE0ELNS1_7reclaimE0ELNS1_10candidatesE0ELm8192ELm1048576ELNS1_11slot_growthE0EEENS1_6detail19process_code_systemEEEj
__ZN12_GLOBAL__N_14makeERN7lazyref4v0_210code_spaceINS_8functionENS1_14domain_optionsILNS1_6policyE0ELNS1_7reclaimE0ELNS1_10candidatesE0ELm8192ELm1048576ELNS1_11slot_growthE0EEENS1_6detail19process_code_systemEEEj: ## @_ZN12_GLOBAL__N_14makeERN7lazyref4v0_210code_spaceINS_8functionENS1_14domain_optionsILNS1_6policyE0ELNS1_7reclaimE0ELNS1_10candidatesE0ELm8192ELm1048576ELNS1_11slot_growthE0EEENS1_6detail19process_code_systemEEEj
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	subq	$72, %rsp
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movl	%edx, %r15d
	movq	%rsi, %r12
	movq	%rdi, %r14
	movq	$0, (%rdi)
	leaq	L_.str.32(%rip), %r13
	movl	$12, %ebx
	cmpq	$0, 184(%rsi)
	je	LBB38_6
## %bb.1:
	cmpq	$0, 200(%r12)
	je	LBB38_5
## %bb.2:
	cmpq	$0, 216(%r12)
	je	LBB38_6
## %bb.3:
	cmpq	$0, 224(%r12)
	je	LBB38_6
## %bb.4:
	cmpq	$0, 232(%r12)
	je	LBB38_6
LBB38_5:
	movl	48(%r12), %ebx
	movq	56(%r12), %r13
LBB38_6:
	testl	%ebx, %ebx
	jne	LBB38_13
## %bb.7:
	cmpq	$0, 200(%r12)
	je	LBB38_10
## %bb.8:
	movq	240(%r12), %rax
	testq	%rax, %rax
	je	LBB38_10
## %bb.9:
	leaq	192(%r12), %rdi
	callq	__ZN7lazyref4v0_26detail13code_audienceINS0_8std_syncENS1_9code_poolIS3_NS1_19process_code_systemEEEE4tellEv
LBB38_10:
	xorps	%xmm0, %xmm0
	movaps	%xmm0, -64(%rbp)
	leaq	16(%r12), %rdi
	leaq	-64(%rbp), %rdx
	movl	$16, %esi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE4takeEmRNS1_9code_roomE
	cmpl	$28, %eax
	je	LBB38_11
LBB38_12:
	movl	%eax, %ebx
	movq	%rdx, %r13
	testl	%eax, %eax
	je	LBB38_14
LBB38_13:
	xorps	%xmm0, %xmm0
	movaps	%xmm0, -112(%rbp)
	movl	%ebx, -96(%rbp)
	movq	%r13, -88(%rbp)
	movw	$0, -80(%rbp)
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.55(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
	leaq	L_.str.53(%rip), %rdi
	movl	%ebx, %esi
	movq	%r13, %rdx
LBB38_16:
	xorl	%eax, %eax
	callq	_printf
LBB38_17:
	movq	-104(%rbp), %rax
	testq	%rax, %rax
	je	LBB38_27
## %bb.18:
	movq	-112(%rbp), %rdi
	cmpl	$0, 48(%rdi)
	jne	LBB38_21
## %bb.19:
	cmpb	$0, -79(%rbp)
	je	LBB38_21
## %bb.20:
	movb	$0, -79(%rbp)
LBB38_21:
	movq	40(%rax), %rdx
	movq	48(%rax), %rcx
	movq	%rcx, -64(%rbp)
	subq	184(%rdi), %rax
	sarq	$6, %rax
	movq	%rax, -56(%rbp)
	cmpq	$0, 200(%rdi)
	je	LBB38_26
## %bb.22:
	movq	232(%rdi), %rsi
	leaq	(%rax,%rax,2), %rbx
	shlq	$4, %rbx
	cmpq	$0, (%rsi,%rbx)
	je	LBB38_26
## %bb.23:
	leaq	(%rsi,%rbx), %rcx
	movups	-64(%rbp), %xmm0
	movups	%xmm0, 24(%rsi,%rbx)
	movq	%rdx, 16(%rsi,%rbx)
	movq	240(%rdi), %rax
	movq	%rax, 40(%rsi,%rbx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	je	LBB38_27
## %bb.24:
	leaq	(%rsi,%rbx), %rdx
	addq	$40, %rdx
	.p2align	4, 0x90
LBB38_25:                               ## =>This Inner Loop Header: Depth=1
	movq	%rax, (%rdx)
	lock		cmpxchgq	%rcx, 240(%rdi)
	jne	LBB38_25
	jmp	LBB38_27
LBB38_26:
	addq	$16, %rdi
	leaq	-64(%rbp), %rsi
	callq	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEE9give_backERKNS1_9code_roomEm
LBB38_27:
	movq	%r14, %rax
	addq	$72, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB38_14:
	movq	-56(%rbp), %rax
	movq	184(%r12), %rcx
	shlq	$6, %rax
	leaq	(%rcx,%rax), %rdx
	movabsq	$4294967297, %rsi               ## imm = 0x100000001
	movq	%rsi, (%rcx,%rax)
	xorps	%xmm0, %xmm0
	movups	%xmm0, 8(%rcx,%rax)
	movups	%xmm0, 24(%rcx,%rax)
	movups	%xmm0, 40(%rcx,%rax)
	movl	%r15d, 56(%rcx,%rax)
	movq	-64(%rbp), %rsi
	movq	%r12, 24(%rcx,%rax)
	movq	%rsi, 48(%rcx,%rax)
	movq	$16, 40(%rcx,%rax)
	movq	%r12, -112(%rbp)
	movq	%rdx, -104(%rbp)
	movl	%ebx, -96(%rbp)
	leaq	L_.str.31(%rip), %rax
	movq	%rax, -88(%rbp)
	movw	$257, -80(%rbp)                 ## imm = 0x101
	leaq	-112(%rbp), %rbx
	movq	%rbx, %rdi
	callq	__ZNK7lazyref4v0_210code_draftIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE4dataEv
	movb	$-72, (%rax)
	movb	%r15b, 1(%rax)
	movl	$-1023410176, 2(%rax)           ## imm = 0xC3000000
	movl	$1, %edx
	movq	%r12, %rdi
	movq	%rbx, %rsi
	movq	%r14, %rcx
	callq	__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE7publishB12auto_checkedEPNS0_10code_draftIS3_S9_SB_EEmPNS0_10strong_refIS3_EE
	testl	%eax, %eax
	je	LBB38_17
## %bb.15:
	movl	%eax, %ebx
	movq	%rdx, %r15
	leaq	L_.str.96(%rip), %rdi
	leaq	L_.str.58(%rip), %rsi
	xorl	%eax, %eax
	callq	_printf
	addl	$1, __ZN12_GLOBAL__N_18failuresE(%rip)
	leaq	L_.str.53(%rip), %rdi
	movl	%ebx, %esi
	movq	%r15, %rdx
	jmp	LBB38_16
LBB38_11:
	leaq	-64(%rbp), %rdx
	movl	$16, %esi
	movq	%r12, %rdi
	callq	__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE12take_at_lastEmRNSA_9code_roomE
	jmp	LBB38_12
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEED1Ev
__ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEED1Ev: ## @"_ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEED1Ev"
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	popq	%rbp
	jmp	__ZNSt6thread6_StateD2Ev        ## TAILCALL
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEED0Ev
__ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEED0Ev: ## @"_ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEED0Ev"
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rbx
	pushq	%rax
	.cfi_offset %rbx, -24
	movq	%rdi, %rbx
	callq	__ZNSt6thread6_StateD2Ev
	movq	%rbx, %rdi
	addq	$8, %rsp
	popq	%rbx
	popq	%rbp
	jmp	__ZdlPv                         ## TAILCALL
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEE6_M_runEv
__ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEE6_M_runEv: ## @"_ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEE6_M_runEv"
Lfunc_begin10:
	.cfi_startproc
	.cfi_personality 155, ___gxx_personality_v0
	.cfi_lsda 16, Lexception10
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	subq	$40, %rsp
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movabsq	$-4294967296, %rdx              ## imm = 0xFFFFFFFF00000000
	movl	$4294967295, %esi               ## imm = 0xFFFFFFFF
	movq	%rdi, -72(%rbp)                 ## 8-byte Spill
	movq	8(%rdi), %r12
	movq	864(%r12), %rax
	.p2align	4, 0x90
LBB41_1:                                ## =>This Inner Loop Header: Depth=1
	testl	%eax, %eax
	je	LBB41_3
## %bb.2:                               ##   in Loop: Header=BB41_1 Depth=1
	leaq	(%rax,%rsi), %rcx
	movl	%ecx, %ebx
	movq	832(%r12), %rcx
	movq	%rbx, %rdi
	shlq	$6, %rdi
	movl	52(%rcx,%rdi), %ecx
	leaq	(%rax,%rsi), %rdi
	addq	$1, %rdi
	andq	%rdx, %rdi
	orq	%rdi, %rcx
	lock		cmpxchgq	%rcx, 864(%r12)
	jne	LBB41_1
	jmp	LBB41_12
LBB41_3:
	movq	872(%r12), %rcx
	movq	840(%r12), %rdi
	cmpq	%rcx, %rdi
	jbe	LBB41_6
	.p2align	4, 0x90
LBB41_4:                                ## =>This Inner Loop Header: Depth=1
	leaq	1(%rcx), %rbx
	movq	%rcx, %rax
	lock		cmpxchgq	%rbx, 872(%r12)
	je	LBB41_11
## %bb.5:                               ##   in Loop: Header=BB41_4 Depth=1
	movq	%rax, %rcx
	cmpq	%rax, %rdi
	ja	LBB41_4
LBB41_6:
	movq	864(%r12), %rax
	.p2align	4, 0x90
LBB41_7:                                ## =>This Inner Loop Header: Depth=1
	testl	%eax, %eax
	je	LBB41_9
## %bb.8:                               ##   in Loop: Header=BB41_7 Depth=1
	leaq	(%rax,%rsi), %rcx
	movl	%ecx, %ebx
	movq	832(%r12), %rcx
	movq	%rbx, %rdi
	shlq	$6, %rdi
	movl	52(%rcx,%rdi), %ecx
	leaq	(%rax,%rsi), %rdi
	addq	$1, %rdi
	andq	%rdx, %rdi
	orq	%rdi, %rcx
	lock		cmpxchgq	%rcx, 864(%r12)
	jne	LBB41_7
	jmp	LBB41_12
LBB41_11:
	movl	%ecx, %ebx
LBB41_12:
	movq	832(%r12), %r13
	addq	$256, %r12                      ## imm = 0x100
	shlq	$6, %rbx
	leaq	(%rbx,%r13), %r15
	movl	48(%r13,%rbx), %r14d
	addl	$1, %r14d
	movl	%r14d, 48(%r13,%rbx)
	movq	16(%r13,%rbx), %rax
	cmpq	$2, %rax
	jae	LBB41_13
LBB41_14:
	movq	%r12, -64(%rbp)
	movq	%r15, -56(%rbp)
	movl	%r14d, -48(%rbp)
	movb	$0, -44(%rbp)
	movq	-72(%rbp), %rcx                 ## 8-byte Reload
	movq	16(%rcx), %rax
	movb	(%rax), %al
	testb	$1, %al
	jne	LBB41_36
## %bb.15:
	leaq	(%rbx,%r13), %rax
	addq	$48, %rax
	movq	24(%rcx), %r13
	movl	(%rax), %eax
	cmpl	%r14d, %eax
	jne	LBB41_10
	.p2align	4, 0x90
LBB41_16:                               ## =>This Inner Loop Header: Depth=1
	cmpl	$0, 40(%r15)
	jne	LBB41_48
## %bb.17:                              ##   in Loop: Header=BB41_16 Depth=1
	cmpb	$0, -44(%rbp)
	je	LBB41_18
LBB41_19:                               ##   in Loop: Header=BB41_16 Depth=1
	callq	___errno_location
	movq	%rax, %r12
	xorl	%eax, %eax
	lock		cmpxchgq	%r12, 32(%r15)
	sete	%r14b
	je	LBB41_21
## %bb.20:                              ##   in Loop: Header=BB41_16 Depth=1
	cmpq	%r12, %rax
	jne	LBB41_49
LBB41_21:                               ##   in Loop: Header=BB41_16 Depth=1
	movq	-64(%rbp), %rsi
	movq	(%r13), %rdx
	movq	%rdx, (%r15)
	## InlineAsm Start
	## InlineAsm End
	movq	(%r13), %rbx
	movq	16(%r15), %rax
	movq	%rbx, %rcx
	xorq	%rdx, %rcx
	orq	%rax, %rcx
	jne	LBB41_22
## %bb.23:                              ##   in Loop: Header=BB41_16 Depth=1
	testq	%rbx, %rbx
	je	LBB41_25
LBB41_24:                               ##   in Loop: Header=BB41_16 Depth=1
	cmpq	%rsi, 8(%rbx)
	jne	LBB41_50
LBB41_25:                               ##   in Loop: Header=BB41_16 Depth=1
	testb	%r14b, %r14b
	je	LBB41_27
## %bb.26:                              ##   in Loop: Header=BB41_16 Depth=1
	movq	%r12, %rax
	xorl	%ecx, %ecx
	lock		cmpxchgq	%rcx, 32(%r15)
LBB41_27:                               ##   in Loop: Header=BB41_16 Depth=1
Ltmp95:
	movq	%rbx, %rdi
	callq	__ZN12_GLOBAL__N_14callERKNS_8functionE
Ltmp96:
## %bb.28:                              ##   in Loop: Header=BB41_16 Depth=1
	cmpl	56(%rbx), %eax
	movq	-72(%rbp), %rcx                 ## 8-byte Reload
	je	LBB41_30
## %bb.29:                              ##   in Loop: Header=BB41_16 Depth=1
	movq	32(%rcx), %rax
	lock		addq	$1, (%rax)
LBB41_30:                               ##   in Loop: Header=BB41_16 Depth=1
	movq	40(%rcx), %rax
	lock		addq	$1, (%rax)
	movq	16(%rcx), %rax
	movzbl	(%rax), %eax
	movq	-56(%rbp), %r15
	testb	$1, %al
	jne	LBB41_36
## %bb.31:                              ##   in Loop: Header=BB41_16 Depth=1
	testq	%r15, %r15
	je	LBB41_10
## %bb.32:                              ##   in Loop: Header=BB41_16 Depth=1
	movq	24(%rcx), %r13
	movl	48(%r15), %eax
	cmpl	-48(%rbp), %eax
	je	LBB41_16
	jmp	LBB41_10
LBB41_18:                               ##   in Loop: Header=BB41_16 Depth=1
	movq	-64(%rbp), %rdi
	callq	__ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E16begin_to_protectB12auto_checkedEv
	movb	$1, -44(%rbp)
	jmp	LBB41_19
LBB41_22:                               ##   in Loop: Header=BB41_16 Depth=1
	movq	%r15, %rdi
	movq	%rsi, -80(%rbp)                 ## 8-byte Spill
	movq	%r13, %rsi
	movq	%rbx, %rcx
	callq	__ZN7lazyref4v0_26detail12auto_checked14protect_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEELb0ES6_NS0_8std_syncELNS0_7reclaimE0ESt6atomicPS6_NS1_8as_it_isEEET5_RNS0_4slotIT1_T2_XT3_EEERKT4_ISD_ESD_SD_RKT6_
	movq	-80(%rbp), %rsi                 ## 8-byte Reload
	movq	%rax, %rbx
	testq	%rbx, %rbx
	jne	LBB41_24
	jmp	LBB41_25
LBB41_36:
	testq	%r15, %r15
	je	LBB41_51
## %bb.37:
	movl	48(%r15), %eax
	cmpl	-48(%rbp), %eax
	jne	LBB41_51
## %bb.38:
	callq	___errno_location
	movq	%rax, %rbx
	xorl	%eax, %eax
	lock		cmpxchgq	%rbx, 32(%r15)
	sete	%r14b
	je	LBB41_40
## %bb.39:
	cmpq	%rbx, %rax
	jne	LBB41_49
LBB41_40:
	cmpl	$0, 40(%r15)
	jne	LBB41_48
## %bb.41:
	movq	$0, (%r15)
	movq	16(%r15), %rax
	cmpq	$2, %rax
	jae	LBB41_42
## %bb.43:
	testb	%r14b, %r14b
	jne	LBB41_44
LBB41_45:
	cmpq	$0, -56(%rbp)
	je	LBB41_47
LBB41_46:
	leaq	-64(%rbp), %rdi
	callq	__ZN7lazyref4v0_29lazy_slotIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE10detach_nowB12auto_checkedEv
LBB41_47:
	addq	$40, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB41_13:
	movq	%r15, %rdi
	callq	__ZN7lazyref4v0_26detail12auto_checked11poll_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEEvRNS0_4slotIT0_T1_XT2_EEE
	jmp	LBB41_14
LBB41_42:
	movq	%r15, %rdi
	callq	__ZN7lazyref4v0_26detail12auto_checked6settleINS1_11owner_holdsIN12_GLOBAL__N_18functionEEELb0ES6_NS0_8std_syncELNS0_7reclaimE0EEEbRNS0_4slotIT1_T2_XT3_EEEPSB_
	testb	%r14b, %r14b
	je	LBB41_45
LBB41_44:
	xorl	%ecx, %ecx
	movq	%rbx, %rax
	lock		cmpxchgq	%rcx, 32(%r15)
	cmpq	$0, -56(%rbp)
	jne	LBB41_46
	jmp	LBB41_47
LBB41_49:
	leaq	L_.str.93(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB41_48:
	leaq	L_.str.92(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB41_9:
	xorps	%xmm0, %xmm0
	movaps	%xmm0, -64(%rbp)
	movq	$0, -48(%rbp)
	movq	-72(%rbp), %rax                 ## 8-byte Reload
	movq	16(%rax), %rax
	movb	(%rax), %al
	testb	$1, %al
	jne	LBB41_51
LBB41_10:
	leaq	L_.str.91(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB41_50:
	leaq	L_.str.94(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB41_51:
	leaq	L_.str.95(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB41_33:
Ltmp97:
	movq	%rax, %rbx
	cmpq	$0, -56(%rbp)
	je	LBB41_35
## %bb.34:
	leaq	-64(%rbp), %rdi
	callq	__ZN7lazyref4v0_29lazy_slotIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE10detach_nowB12auto_checkedEv
LBB41_35:
	movq	%rbx, %rdi
	callq	__Unwind_Resume
Lfunc_end10:
	.cfi_endproc
	.section	__TEXT,__gcc_except_tab
	.p2align	2
GCC_except_table41:
Lexception10:
	.byte	255                             ## @LPStart Encoding = omit
	.byte	255                             ## @TType Encoding = omit
	.byte	1                               ## Call site Encoding = uleb128
	.uleb128 Lcst_end10-Lcst_begin10
Lcst_begin10:
	.uleb128 Ltmp95-Lfunc_begin10           ## >> Call Site 1 <<
	.uleb128 Ltmp96-Ltmp95                  ##   Call between Ltmp95 and Ltmp96
	.uleb128 Ltmp97-Lfunc_begin10           ##     jumps to Ltmp97
	.byte	0                               ##   On action: cleanup
	.uleb128 Ltmp96-Lfunc_begin10           ## >> Call Site 2 <<
	.uleb128 Lfunc_end10-Ltmp96             ##   Call between Ltmp96 and Lfunc_end10
	.byte	0                               ##     has no landing pad
	.byte	0                               ##   On action: cleanup
Lcst_end10:
	.p2align	2
                                        ## -- End function
	.section	__TEXT,__text,regular,pure_instructions
__ZN7lazyref4v0_26detail12auto_checked11poll_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEEvRNS0_4slotIT0_T1_XT2_EEE: ## -- Begin function _ZN7lazyref4v0_26detail12auto_checked11poll_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEEvRNS0_4slotIT0_T1_XT2_EEE
                                        ## @_ZN7lazyref4v0_26detail12auto_checked11poll_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEEvRNS0_4slotIT0_T1_XT2_EEE
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	movq	(%rdi), %rsi
	testq	%rsi, %rsi
	jne	LBB42_1
## %bb.3:
	popq	%rbp
	jmp	__ZN7lazyref4v0_26detail12auto_checked6settleINS1_11owner_holdsIN12_GLOBAL__N_18functionEEELb1ES6_NS0_8std_syncELNS0_7reclaimE0EEEbRNS0_4slotIT1_T2_XT3_EEEPSB_ ## TAILCALL
LBB42_1:
	testb	$1, %sil
	jne	LBB42_4
## %bb.2:
	popq	%rbp
	jmp	__ZN7lazyref4v0_26detail12auto_checked5drainINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEENS2_7gave_upERNS0_4slotIT0_T1_XT2_EEEPSC_SG_ ## TAILCALL
LBB42_4:
	popq	%rbp
	jmp	__ZN7lazyref4v0_26detail12auto_checked11park_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEEvRNS0_4slotIT0_T1_XT2_EEE ## TAILCALL
	.cfi_endproc
                                        ## -- End function
__ZN7lazyref4v0_26detail12auto_checked6settleINS1_11owner_holdsIN12_GLOBAL__N_18functionEEELb1ES6_NS0_8std_syncELNS0_7reclaimE0EEEbRNS0_4slotIT1_T2_XT3_EEEPSB_: ## -- Begin function _ZN7lazyref4v0_26detail12auto_checked6settleINS1_11owner_holdsIN12_GLOBAL__N_18functionEEELb1ES6_NS0_8std_syncELNS0_7reclaimE0EEEbRNS0_4slotIT1_T2_XT3_EEEPSB_
                                        ## @_ZN7lazyref4v0_26detail12auto_checked6settleINS1_11owner_holdsIN12_GLOBAL__N_18functionEEELb1ES6_NS0_8std_syncELNS0_7reclaimE0EEEbRNS0_4slotIT1_T2_XT3_EEEPSB_
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rbx
	pushq	%rax
	.cfi_offset %rbx, -24
	movq	%rdi, %rbx
LBB43_1:                                ## =>This Inner Loop Header: Depth=1
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail12auto_checked5drainINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEENS2_7gave_upERNS0_4slotIT0_T1_XT2_EEEPSC_SG_
	cmpb	$1, %al
	jne	LBB43_4
## %bb.2:                               ##   in Loop: Header=BB43_1 Depth=1
	movq	(%rbx), %rax
	testq	%rax, %rax
	je	LBB43_4
## %bb.3:                               ##   in Loop: Header=BB43_1 Depth=1
	movq	$0, (%rbx)
	movq	%rbx, %rdi
	jmp	LBB43_1
LBB43_4:
	addq	$8, %rsp
	popq	%rbx
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
__ZN7lazyref4v0_26detail12auto_checked11park_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEEvRNS0_4slotIT0_T1_XT2_EEE: ## -- Begin function _ZN7lazyref4v0_26detail12auto_checked11park_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEEvRNS0_4slotIT0_T1_XT2_EEE
                                        ## @_ZN7lazyref4v0_26detail12auto_checked11park_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEEvRNS0_4slotIT0_T1_XT2_EEE
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rbx
	pushq	%rax
	.cfi_offset %rbx, -24
	movq	%rdi, %rbx
LBB44_1:                                ## =>This Inner Loop Header: Depth=1
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail12auto_checked5drainINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEENS2_7gave_upERNS0_4slotIT0_T1_XT2_EEEPSC_SG_
	cmpb	$1, %al
	jne	LBB44_5
## %bb.2:                               ##   in Loop: Header=BB44_1 Depth=1
	movq	(%rbx), %rax
	testq	%rax, %rax
	je	LBB44_5
## %bb.3:                               ##   in Loop: Header=BB44_1 Depth=1
	movl	%eax, %ecx
	andl	$1, %ecx
	testq	%rcx, %rcx
	jne	LBB44_5
## %bb.4:                               ##   in Loop: Header=BB44_1 Depth=1
	orq	$1, %rax
	movq	%rax, (%rbx)
	movq	%rbx, %rdi
	jmp	LBB44_1
LBB44_5:
	addq	$8, %rsp
	popq	%rbx
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
__ZN7lazyref4v0_26detail12auto_checked5drainINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEENS2_7gave_upERNS0_4slotIT0_T1_XT2_EEEPSC_SG_: ## -- Begin function _ZN7lazyref4v0_26detail12auto_checked5drainINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEENS2_7gave_upERNS0_4slotIT0_T1_XT2_EEEPSC_SG_
                                        ## @_ZN7lazyref4v0_26detail12auto_checked5drainINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEENS2_7gave_upERNS0_4slotIT0_T1_XT2_EEEPSC_SG_
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	pushq	%rax
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	%rsi, %r14
	movq	%rdi, %rbx
	leaq	-41(%rbp), %r15
	movb	$1, (%r15)
	movl	$1, %r12d
	xorl	%r13d, %r13d
	xorl	%ecx, %ecx
LBB45_1:                                ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB45_2 Depth 2
	testq	%rcx, %rcx
	jne	LBB45_9
LBB45_2:                                ##   Parent Loop BB45_1 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	movb	$0, -41(%rbp)
	movq	16(%rbx), %rcx
	movq	(%rbx), %rax
	cmpq	$1, %rcx
	jbe	LBB45_26
## %bb.3:                               ##   in Loop: Header=BB45_2 Depth=2
	cmpq	%rax, %rcx
	je	LBB45_32
## %bb.4:                               ##   in Loop: Header=BB45_2 Depth=2
	movq	24(%rbx), %rdx
	testb	$1, %dl
	jne	LBB45_31
## %bb.5:                               ##   in Loop: Header=BB45_2 Depth=2
	movq	%rcx, %rdx
	orq	$1, %rdx
	cmpq	%rdx, %rax
	jne	LBB45_7
## %bb.6:                               ##   in Loop: Header=BB45_2 Depth=2
	movq	$0, (%rbx)
LBB45_7:                                ##   in Loop: Header=BB45_2 Depth=2
	movq	8(%rbx), %rax
	xorl	%edx, %edx
	testq	%rax, %rax
	setne	%dl
	movq	%rcx, %rax
	lock		cmpxchgq	%rdx, 16(%rbx)
	je	LBB45_9
## %bb.8:                               ##   in Loop: Header=BB45_2 Depth=2
	movb	$1, -41(%rbp)
	jmp	LBB45_2
LBB45_9:                                ##   in Loop: Header=BB45_1 Depth=1
	movq	8(%rcx), %rdx
	movl	$-1, %eax
	lock		xaddl	%eax, 4(%rcx)
	cmpl	$1, %eax
	je	LBB45_14
## %bb.10:                              ##   in Loop: Header=BB45_1 Depth=1
	testl	%eax, %eax
	je	LBB45_35
## %bb.11:                              ##   in Loop: Header=BB45_1 Depth=1
	xorl	%ecx, %ecx
	movl	%r13d, %edx
LBB45_12:                               ##   in Loop: Header=BB45_1 Depth=1
	cmpb	$0, -41(%rbp)
	movl	%edx, %r13d
	jne	LBB45_1
## %bb.13:                              ##   in Loop: Header=BB45_1 Depth=1
	movl	%edx, %r13d
	testq	%rcx, %rcx
	jne	LBB45_1
	jmp	LBB45_33
LBB45_14:                               ##   in Loop: Header=BB45_1 Depth=1
	testq	%r14, %r14
	jne	LBB45_16
## %bb.15:                              ##   in Loop: Header=BB45_1 Depth=1
	movq	%rbx, %rdi
	movq	%r15, %rsi
	callq	__ZN7lazyref4v0_26detail12auto_checked10run_insideIN12_GLOBAL__N_18functionENS0_8std_syncELNS0_7reclaimE0EZNS1_11owner_holdsIS5_E7give_upIRKZNS2_14give_up_insideIS9_S5_S6_LS7_0EEENS2_7gave_upERNS0_4slotIT0_T1_XT2_EEERPSE_SI_RbEUlOT_E_EEvPS5_mSM_EUlvE_EESC_RNSD_ISL_SE_XT1_EEESK_T2_
	jmp	LBB45_24
LBB45_16:                               ##   in Loop: Header=BB45_1 Depth=1
	movl	$1, %eax
	lock		xaddl	%eax, 4(%r14)
	testl	%eax, %eax
	je	LBB45_37
## %bb.17:                              ##   in Loop: Header=BB45_1 Depth=1
	cmpl	$2147483647, %eax               ## imm = 0x7FFFFFFF
	jae	LBB45_38
## %bb.18:                              ##   in Loop: Header=BB45_1 Depth=1
	movq	%rbx, %rdi
	movq	%r15, %rsi
	callq	__ZN7lazyref4v0_26detail12auto_checked10run_insideIN12_GLOBAL__N_18functionENS0_8std_syncELNS0_7reclaimE0EZNS1_11owner_holdsIS5_E7give_upIRKZNS2_14give_up_insideIS9_S5_S6_LS7_0EEENS2_7gave_upERNS0_4slotIT0_T1_XT2_EEERPSE_SI_RbEUlOT_E_EEvPS5_mSM_EUlvE_EESC_RNSD_ISL_SE_XT1_EEESK_T2_
	cmpb	$1, %al
	movl	$0, %edx
	jne	LBB45_21
## %bb.19:                              ##   in Loop: Header=BB45_1 Depth=1
	movq	(%rbx), %rcx
	cmpq	%r14, %rcx
	je	LBB45_21
## %bb.20:                              ##   in Loop: Header=BB45_1 Depth=1
	movq	%r14, (%rbx)
	movq	%r14, %rcx
	xchgq	%rcx, 16(%rbx)
	cmpq	$2, %rcx
	cmovbq	%rdx, %rcx
	movb	$1, %dl
	cmpq	%r14, %rcx
	jne	LBB45_12
LBB45_21:                               ##   in Loop: Header=BB45_1 Depth=1
	movq	8(%r14), %rdi
	movl	$-1, %ecx
	lock		xaddl	%ecx, 4(%r14)
	cmpl	$1, %ecx
	je	LBB45_23
## %bb.22:                              ##   in Loop: Header=BB45_1 Depth=1
	testl	%ecx, %ecx
	jne	LBB45_24
	jmp	LBB45_35
LBB45_23:                               ##   in Loop: Header=BB45_1 Depth=1
	movq	(%rdi), %rcx
	movb	%al, -42(%rbp)                  ## 1-byte Spill
	movq	%r14, %rsi
	callq	*8(%rcx)
	movb	-42(%rbp), %al                  ## 1-byte Reload
LBB45_24:                               ##   in Loop: Header=BB45_1 Depth=1
	cmpb	$1, %al
	movzbl	%r13b, %edx
	cmovel	%r12d, %edx
	cmpb	$2, %al
	je	LBB45_34
## %bb.25:                              ##   in Loop: Header=BB45_1 Depth=1
	xorl	%ecx, %ecx
	jmp	LBB45_12
LBB45_26:
	jne	LBB45_32
## %bb.27:
	movq	8(%rbx), %rax
	testq	%rax, %rax
	je	LBB45_30
## %bb.28:
	movb	(%rax), %al
	cmpb	$1, %al
	jne	LBB45_32
## %bb.29:
	movq	$0, 8(%rbx)
LBB45_30:
	xorl	%ecx, %ecx
	movl	$1, %eax
	lock		cmpxchgq	%rcx, 16(%rbx)
	jmp	LBB45_32
LBB45_31:
	orq	$2, %rdx
	movq	%rdx, 24(%rbx)
LBB45_32:
	movl	%r13d, %edx
LBB45_33:
	movzbl	%dl, %eax
	addq	$8, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB45_34:
	movb	$2, %r13b
	jmp	LBB45_32
LBB45_35:
	leaq	L_.str.50(%rip), %rdi
	jmp	LBB45_36
LBB45_37:
	leaq	L_.str.48(%rip), %rdi
	jmp	LBB45_36
LBB45_38:
	leaq	L_.str.49(%rip), %rdi
LBB45_36:
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_endproc
                                        ## -- End function
	.globl	__ZN7lazyref4v0_26detail12auto_checked10given_awayEv ## -- Begin function _ZN7lazyref4v0_26detail12auto_checked10given_awayEv
	.weak_def_can_be_hidden	__ZN7lazyref4v0_26detail12auto_checked10given_awayEv
__ZN7lazyref4v0_26detail12auto_checked10given_awayEv: ## @_ZN7lazyref4v0_26detail12auto_checked10given_awayEv
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	leaq	L_.str.90(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_endproc
                                        ## -- End function
__ZN7lazyref4v0_26detail12auto_checked10run_insideIN12_GLOBAL__N_18functionENS0_8std_syncELNS0_7reclaimE0EZNS1_11owner_holdsIS5_E7give_upIRKZNS2_14give_up_insideIS9_S5_S6_LS7_0EEENS2_7gave_upERNS0_4slotIT0_T1_XT2_EEERPSE_SI_RbEUlOT_E_EEvPS5_mSM_EUlvE_EESC_RNSD_ISL_SE_XT1_EEESK_T2_: ## -- Begin function _ZN7lazyref4v0_26detail12auto_checked10run_insideIN12_GLOBAL__N_18functionENS0_8std_syncELNS0_7reclaimE0EZNS1_11owner_holdsIS5_E7give_upIRKZNS2_14give_up_insideIS9_S5_S6_LS7_0EEENS2_7gave_upERNS0_4slotIT0_T1_XT2_EEERPSE_SI_RbEUlOT_E_EEvPS5_mSM_EUlvE_EESC_RNSD_ISL_SE_XT1_EEESK_T2_
                                        ## @_ZN7lazyref4v0_26detail12auto_checked10run_insideIN12_GLOBAL__N_18functionENS0_8std_syncELNS0_7reclaimE0EZNS1_11owner_holdsIS5_E7give_upIRKZNS2_14give_up_insideIS9_S5_S6_LS7_0EEENS2_7gave_upERNS0_4slotIT0_T1_XT2_EEERPSE_SI_RbEUlOT_E_EEvPS5_mSM_EUlvE_EESC_RNSD_ISL_SE_XT1_EEESK_T2_
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	subq	$24, %rsp
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	%rcx, %r14
	movq	%rdx, %rbx
	movq	%rsi, -56(%rbp)                 ## 8-byte Spill
	movq	%rdi, %r15
	leaq	-63(%rbp), %r12
	movq	$0, -1(%r12)
	movq	24(%rdi), %r13
	movq	%r12, 24(%rdi)
	leaq	-48(%rbp), %rdi
	callq	__ZN7lazyref4v0_26detail15no_cancellationC1Ev
	movq	(%rbx), %rax
	movq	%rbx, %rdi
	movq	%r14, %rsi
	callq	*8(%rax)
	movq	24(%r15), %rax
	leaq	-61(%rbp), %rcx
	cmpq	%rcx, %rax
	movq	-56(%rbp), %rdx                 ## 8-byte Reload
	sete	(%rdx)
	cmpq	%r12, %rax
	je	LBB47_2
## %bb.1:
	movb	$2, %bl
	cmpq	%rcx, %rax
	jne	LBB47_3
LBB47_2:
	movq	%r13, %rdx
	orq	$2, %rdx
	cmpq	%rcx, %rax
	cmovneq	%r13, %rdx
	testb	$1, %r13b
	cmoveq	%r13, %rdx
	movq	%rdx, 24(%r15)
	movb	$1, %bl
LBB47_3:
	leaq	-48(%rbp), %rdi
	callq	__ZN7lazyref4v0_26detail15no_cancellationD1Ev
	movzbl	%bl, %eax
	addq	$24, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.p2align	1, 0x90                         ## -- Begin function _ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E16begin_to_protectB12auto_checkedEv
__ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E16begin_to_protectB12auto_checkedEv: ## @_ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E16begin_to_protectB12auto_checkedEv
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rbx
	pushq	%rax
	.cfi_offset %rbx, -24
	movb	202(%rdi), %al
	cmpb	$2, %al
	je	LBB48_2
## %bb.1:
	movq	%rdi, %rbx
	movb	$1, 202(%rdi)
	addq	$192, %rdi
	movl	$5, %esi
	callq	__ZNK7lazyref4v0_26detail11image_fence5heavyESt12memory_order
	movb	$2, 202(%rbx)
LBB48_2:
	addq	$8, %rsp
	popq	%rbx
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.globl	__ZNK7lazyref4v0_26detail11image_fence5heavyESt12memory_order ## -- Begin function _ZNK7lazyref4v0_26detail11image_fence5heavyESt12memory_order
	.weak_def_can_be_hidden	__ZNK7lazyref4v0_26detail11image_fence5heavyESt12memory_order
	.p2align	4, 0x90
__ZNK7lazyref4v0_26detail11image_fence5heavyESt12memory_order: ## @_ZNK7lazyref4v0_26detail11image_fence5heavyESt12memory_order
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	movq	(%rdi), %rdi
	callq	__ZN7lazyref4v0_26detail10fence_coreINS1_11std_atomicsENS1_9os_kernelEE9try_heavyESt12memory_order
	testl	%eax, %eax
	jne	LBB49_2
## %bb.1:
	popq	%rbp
	retq
LBB49_2:
	movq	%rdx, %rdi
	movl	%eax, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_endproc
                                        ## -- End function
__ZN7lazyref4v0_26detail12auto_checked14protect_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEELb0ES6_NS0_8std_syncELNS0_7reclaimE0ESt6atomicPS6_NS1_8as_it_isEEET5_RNS0_4slotIT1_T2_XT3_EEERKT4_ISD_ESD_SD_RKT6_: ## -- Begin function _ZN7lazyref4v0_26detail12auto_checked14protect_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEELb0ES6_NS0_8std_syncELNS0_7reclaimE0ESt6atomicPS6_NS1_8as_it_isEEET5_RNS0_4slotIT1_T2_XT3_EEERKT4_ISD_ESD_SD_RKT6_
                                        ## @_ZN7lazyref4v0_26detail12auto_checked14protect_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEELb0ES6_NS0_8std_syncELNS0_7reclaimE0ESt6atomicPS6_NS1_8as_it_isEEET5_RNS0_4slotIT1_T2_XT3_EEERKT4_ISD_ESD_SD_RKT6_
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%rbx
	pushq	%rax
	.cfi_offset %rbx, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	%rdx, %rbx
	movq	%rsi, %r15
	movq	%rdi, %r14
	movq	8(%rdi), %rax
	testq	%rax, %rax
	je	LBB50_6
## %bb.1:
	movq	8(%r14), %rax
	testq	%rax, %rax
	je	LBB50_4
## %bb.2:
	movb	(%rax), %al
	cmpb	$1, %al
	je	LBB50_4
## %bb.3:
	mfence
LBB50_4:
	## InlineAsm Start
	## InlineAsm End
LBB50_5:
	movq	(%r15), %rcx
LBB50_6:
	movq	%rbx, %rax
	movq	%rcx, %rbx
	cmpq	%rax, %rcx
	jne	LBB50_19
## %bb.7:
	movq	16(%r14), %rax
	cmpq	$1, %rax
	jbe	LBB50_8
## %bb.14:
	cmpq	%rax, %rbx
	je	LBB50_13
## %bb.15:
	movq	24(%r14), %rax
	testb	$1, %al
	jne	LBB50_16
## %bb.17:
	movq	%r14, %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail12auto_checked5drainINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEENS2_7gave_upERNS0_4slotIT0_T1_XT2_EEEPSC_SG_
	testb	%al, %al
	je	LBB50_13
## %bb.18:
	cmpb	$2, %al
	je	LBB50_23
LBB50_19:
	movq	%rbx, (%r14)
	movq	8(%r14), %rax
	testq	%rax, %rax
	je	LBB50_22
## %bb.20:
	movb	(%rax), %al
	cmpb	$1, %al
	je	LBB50_22
## %bb.21:
	mfence
LBB50_22:
	## InlineAsm Start
	## InlineAsm End
	jmp	LBB50_5
LBB50_16:
	orq	$2, %rax
	movq	%rax, 24(%r14)
LBB50_13:
	movq	%rbx, %rax
	addq	$8, %rsp
	popq	%rbx
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB50_8:
	jne	LBB50_13
## %bb.9:
	movq	8(%r14), %rax
	testq	%rax, %rax
	je	LBB50_12
## %bb.10:
	movb	(%rax), %al
	cmpb	$1, %al
	jne	LBB50_13
## %bb.11:
	movq	$0, 8(%r14)
LBB50_12:
	xorl	%ecx, %ecx
	movl	$1, %eax
	lock		cmpxchgq	%rcx, 16(%r14)
	jmp	LBB50_13
LBB50_23:
	callq	__ZN7lazyref4v0_26detail12auto_checked10given_awayEv
	.cfi_endproc
                                        ## -- End function
__ZN7lazyref4v0_26detail12auto_checked6settleINS1_11owner_holdsIN12_GLOBAL__N_18functionEEELb0ES6_NS0_8std_syncELNS0_7reclaimE0EEEbRNS0_4slotIT1_T2_XT3_EEEPSB_: ## -- Begin function _ZN7lazyref4v0_26detail12auto_checked6settleINS1_11owner_holdsIN12_GLOBAL__N_18functionEEELb0ES6_NS0_8std_syncELNS0_7reclaimE0EEEbRNS0_4slotIT1_T2_XT3_EEEPSB_
                                        ## @_ZN7lazyref4v0_26detail12auto_checked6settleINS1_11owner_holdsIN12_GLOBAL__N_18functionEEELb0ES6_NS0_8std_syncELNS0_7reclaimE0EEEbRNS0_4slotIT1_T2_XT3_EEEPSB_
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rbx
	pushq	%rax
	.cfi_offset %rbx, -24
	movq	%rdi, %rbx
LBB51_1:                                ## =>This Inner Loop Header: Depth=1
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail12auto_checked5drainINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEENS2_7gave_upERNS0_4slotIT0_T1_XT2_EEEPSC_SG_
	cmpb	$1, %al
	jne	LBB51_4
## %bb.2:                               ##   in Loop: Header=BB51_1 Depth=1
	movq	(%rbx), %rax
	testq	%rax, %rax
	je	LBB51_4
## %bb.3:                               ##   in Loop: Header=BB51_1 Depth=1
	movq	$0, (%rbx)
	movq	%rbx, %rdi
	jmp	LBB51_1
LBB51_4:
	addq	$8, %rsp
	popq	%rbx
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
	.p2align	4, 0x90                         ## -- Begin function _ZN7lazyref4v0_29lazy_slotIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE10detach_nowB12auto_checkedEv
__ZN7lazyref4v0_29lazy_slotIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE10detach_nowB12auto_checkedEv: ## @_ZN7lazyref4v0_29lazy_slotIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE10detach_nowB12auto_checkedEv
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbx
	pushq	%rax
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movq	8(%rdi), %rbx
	testq	%rbx, %rbx
	je	LBB52_14
## %bb.1:
	movl	48(%rbx), %r13d
	cmpl	16(%rdi), %r13d
	jne	LBB52_14
## %bb.2:
	cmpl	$0, 40(%rbx)
	jne	LBB52_17
## %bb.3:
	movq	(%rdi), %r14
	xorps	%xmm0, %xmm0
	movups	%xmm0, (%rdi)
	movl	56(%rbx), %eax
	movl	%eax, -44(%rbp)                 ## 4-byte Spill
	movl	$0, 56(%rbx)
	callq	___errno_location
	movq	%rax, %r12
	xorl	%eax, %eax
	lock		cmpxchgq	%r12, 32(%rbx)
	sete	%r15b
	je	LBB52_5
## %bb.4:
	cmpq	%r12, %rax
	jne	LBB52_16
LBB52_5:
	movq	$0, (%rbx)
	movq	16(%rbx), %rax
	cmpq	$2, %rax
	jae	LBB52_6
LBB52_7:
	addl	$1, %r13d
	movq	$0, 24(%rbx)
	testb	%r15b, %r15b
	je	LBB52_9
## %bb.8:
	xorl	%ecx, %ecx
	movq	%r12, %rax
	lock		cmpxchgq	%rcx, 32(%rbx)
LBB52_9:
	movabsq	$-4294967296, %rcx              ## imm = 0xFFFFFFFF00000000
	movabsq	$4294967296, %rdx               ## imm = 0x100000000
	movq	$0, 32(%rbx)
	movl	$0, 40(%rbx)
	movl	%r13d, 48(%rbx)
	movl	44(%rbx), %esi
	movq	608(%r14), %rax
	addl	$1, %esi
	movl	%eax, 52(%rbx)
	leaq	(%rax,%rdx), %rdi
	andq	%rcx, %rdi
	orq	%rsi, %rdi
	lock		cmpxchgq	%rdi, 608(%r14)
	je	LBB52_12
	.p2align	4, 0x90
LBB52_10:                               ## =>This Inner Loop Header: Depth=1
	movl	%eax, 52(%rbx)
	leaq	(%rax,%rdx), %rdi
	andq	%rcx, %rdi
	orq	%rsi, %rdi
	lock		cmpxchgq	%rdi, 608(%r14)
	jne	LBB52_10
LBB52_12:
	movl	-44(%rbp), %esi                 ## 4-byte Reload
	testl	%esi, %esi
	je	LBB52_15
## %bb.13:
	movq	%r14, %rdi
	addq	$8, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	jmp	__ZN7lazyref4v0_29lazy_slotIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE14detach_furtherB12auto_checkedEPNS0_11lazy_domainIS3_S9_EEj ## TAILCALL
LBB52_14:
	xorps	%xmm0, %xmm0
	movups	%xmm0, (%rdi)
LBB52_15:
	addq	$8, %rsp
	popq	%rbx
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
LBB52_6:
	movq	%rbx, %rdi
	callq	__ZN7lazyref4v0_26detail12auto_checked12leave_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEEvRNS0_4slotIT0_T1_XT2_EEE
	jmp	LBB52_7
LBB52_17:
	leaq	L_.str.92(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
LBB52_16:
	leaq	L_.str.93(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_endproc
                                        ## -- End function
	.p2align	1, 0x90                         ## -- Begin function _ZN7lazyref4v0_29lazy_slotIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE14detach_furtherB12auto_checkedEPNS0_11lazy_domainIS3_S9_EEj
__ZN7lazyref4v0_29lazy_slotIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE14detach_furtherB12auto_checkedEPNS0_11lazy_domainIS3_S9_EEj: ## @_ZN7lazyref4v0_29lazy_slotIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE14detach_furtherB12auto_checkedEPNS0_11lazy_domainIS3_S9_EEj
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%r15
	pushq	%r14
	pushq	%r12
	pushq	%rbx
	subq	$32, %rsp
	.cfi_offset %rbx, -48
	.cfi_offset %r12, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	testl	%esi, %esi
	je	LBB53_5
## %bb.1:
	movl	%esi, %ebx
	movq	%rdi, %r14
	xorl	%r12d, %r12d
	leaq	-56(%rbp), %r15
LBB53_2:                                ## =>This Inner Loop Header: Depth=1
	decl	%ebx
	movq	576(%r14), %rax
	movq	%rbx, %rcx
	shlq	$6, %rcx
	leaq	(%rax,%rcx), %rdx
	movl	%r12d, 60(%rax,%rcx)
	movl	56(%rax,%rcx), %ebx
	movl	%r12d, 56(%rax,%rcx)
	movl	48(%rax,%rcx), %eax
	movq	%r14, -56(%rbp)
	movq	%rdx, -48(%rbp)
	movl	%eax, -40(%rbp)
	movb	$0, -36(%rbp)
	movq	%r15, %rdi
	callq	__ZN7lazyref4v0_29lazy_slotIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE10detach_nowB12auto_checkedEv
	cmpq	$0, -48(%rbp)
	je	LBB53_4
## %bb.3:                               ##   in Loop: Header=BB53_2 Depth=1
	movq	%r15, %rdi
	callq	__ZN7lazyref4v0_29lazy_slotIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEE10detach_nowB12auto_checkedEv
LBB53_4:                                ##   in Loop: Header=BB53_2 Depth=1
	testl	%ebx, %ebx
	jne	LBB53_2
LBB53_5:
	addq	$32, %rsp
	popq	%rbx
	popq	%r12
	popq	%r14
	popq	%r15
	popq	%rbp
	retq
	.cfi_endproc
                                        ## -- End function
__ZN7lazyref4v0_26detail12auto_checked12leave_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEEvRNS0_4slotIT0_T1_XT2_EEE: ## -- Begin function _ZN7lazyref4v0_26detail12auto_checked12leave_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEEvRNS0_4slotIT0_T1_XT2_EEE
                                        ## @_ZN7lazyref4v0_26detail12auto_checked12leave_slowlyINS1_11owner_holdsIN12_GLOBAL__N_18functionEEES6_NS0_8std_syncELNS0_7reclaimE0EEEvRNS0_4slotIT0_T1_XT2_EEE
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	movq	$0, 24(%rdi)
	popq	%rbp
	jmp	__ZN7lazyref4v0_26detail12auto_checked6settleINS1_11owner_holdsIN12_GLOBAL__N_18functionEEELb0ES6_NS0_8std_syncELNS0_7reclaimE0EEEbRNS0_4slotIT1_T2_XT3_EEEPSB_ ## TAILCALL
	.cfi_endproc
                                        ## -- End function
	.globl	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEED2Ev ## -- Begin function _ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEED2Ev
	.weak_def_can_be_hidden	__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEED2Ev
	.p2align	4, 0x90
__ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEED2Ev: ## @_ZN7lazyref4v0_26detail9code_poolINS0_8std_syncENS1_19process_code_systemEED2Ev
	.cfi_startproc
## %bb.0:
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rbx
	pushq	%rax
	.cfi_offset %rbx, -24
	movq	%rdi, %rbx
	cmpb	$0, 24(%rdi)
	movq	160(%rdi), %rdi
	jne	LBB55_15
## %bb.1:
	testq	%rdi, %rdi
	je	LBB55_17
## %bb.2:
	movq	152(%rbx), %r8
	testq	%r8, %r8
	je	LBB55_3
## %bb.4:
	cmpq	$1, %r8
	jne	LBB55_6
## %bb.5:
	xorl	%edx, %edx
	xorl	%ecx, %ecx
LBB55_11:
	testb	$1, %r8b
	je	LBB55_14
## %bb.12:
	movq	(%rdi,%rdx,8), %rax
	testq	%rax, %rax
	je	LBB55_14
	.p2align	4, 0x90
LBB55_13:                               ## =>This Inner Loop Header: Depth=1
	addq	$1, %rcx
	leaq	-1(%rax), %rdx
	andq	%rdx, %rax
	jne	LBB55_13
	jmp	LBB55_14
LBB55_3:
	xorl	%ecx, %ecx
LBB55_14:
	shlq	$6, %r8
	subq	%r8, %rcx
	addq	144(%rbx), %rcx
	jne	LBB55_21
LBB55_15:
	testq	%rdi, %rdi
	je	LBB55_17
## %bb.16:
	callq	__ZdaPv
LBB55_17:
	movq	$0, 160(%rbx)
	movq	136(%rbx), %rdi
	testq	%rdi, %rdi
	je	LBB55_19
## %bb.18:
	callq	__ZdaPv
LBB55_19:
	movq	$0, 136(%rbx)
	addq	$8, %rsp
	popq	%rbx
	popq	%rbp
	retq
LBB55_6:
	movq	%r8, %r9
	andq	$-2, %r9
	xorl	%edx, %edx
	xorl	%ecx, %ecx
	jmp	LBB55_7
	.p2align	4, 0x90
LBB55_10:                               ##   in Loop: Header=BB55_7 Depth=1
	addq	$2, %rdx
	cmpq	%r9, %rdx
	je	LBB55_11
LBB55_7:                                ## =>This Loop Header: Depth=1
                                        ##     Child Loop BB55_20 Depth 2
                                        ##     Child Loop BB55_9 Depth 2
	movq	(%rdi,%rdx,8), %rax
	testq	%rax, %rax
	je	LBB55_8
	.p2align	4, 0x90
LBB55_20:                               ##   Parent Loop BB55_7 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	addq	$1, %rcx
	leaq	-1(%rax), %rsi
	andq	%rsi, %rax
	jne	LBB55_20
LBB55_8:                                ##   in Loop: Header=BB55_7 Depth=1
	leaq	(,%rdx,8), %rax
	orq	$8, %rax
	movq	(%rdi,%rax), %rax
	testq	%rax, %rax
	je	LBB55_10
	.p2align	4, 0x90
LBB55_9:                                ##   Parent Loop BB55_7 Depth=1
                                        ## =>  This Inner Loop Header: Depth=2
	addq	$1, %rcx
	leaq	-1(%rax), %rsi
	andq	%rsi, %rax
	jne	LBB55_9
	jmp	LBB55_10
LBB55_21:
	leaq	L_.str.100(%rip), %rdi
	xorl	%esi, %esi
	callq	__ZN7lazyref4v0_26detail15call_fatal_hookEPKci
	.cfi_endproc
                                        ## -- End function
	.section	__TEXT,__cstring,cstring_literals
L_.str:                                 ## @.str
	.asciz	"alone"

L_.str.1:                               ## @.str.1
	.asciz	"fence: %s\ninstruction synchronisation: %s\n"

L_.str.2:                               ## @.str.2
	.asciz	"mapped twice"

L_.str.3:                               ## @.str.3
	.asciz	"mapped once"

.zerofill __DATA,__bss,__ZN12_GLOBAL__N_18failuresE,4,2 ## @_ZN12_GLOBAL__N_18failuresE
L_.str.4:                               ## @.str.4
	.asciz	"passed\n"

L_.str.5:                               ## @.str.5
	.asciz	"%d FAILED\n"

	.section	__DATA,__data
	.globl	__ZN7lazyref4v0_26detail13process_fenceE ## @_ZN7lazyref4v0_26detail13process_fenceE
	.weak_definition	__ZN7lazyref4v0_26detail13process_fenceE
	.p2align	3
__ZN7lazyref4v0_26detail13process_fenceE:
	.space	1
	.space	1
	.space	1
	.space	1
	.space	4
	.space	8
	.space	8
	.space	4
	.long	131072                          ## 0x20000

	.section	__TEXT,__cstring,cstring_literals
L_.str.7:                               ## @.str.7
	.asciz	"not decided yet: fence_initialize() or the first heavy fence decides"

L_.str.9:                               ## @.str.9
	.asciz	"FlushProcessWriteBuffers is part of this system"

L_.str.10:                              ## @.str.10
	.asciz	"a unit of this program is built with LAZYREF_FENCE_SYMMETRIC; no system call is made"

L_.str.11:                              ## @.str.11
	.asciz	"chosen by fence_initialize(fence_backend::symmetric); no system call was made"

L_.str.12:                              ## @.str.12
	.asciz	"this platform has no process-wide barrier that lazyref could use"

L_.str.14:                              ## @.str.14
	.asciz	"this is Wine, whose FlushProcessWriteBuffers may do nothing"

L_.str.15:                              ## @.str.15
	.asciz	"membarrier is refused (EPERM): a seccomp filter forbids it"

L_.str.16:                              ## @.str.16
	.asciz	"membarrier has no PRIVATE_EXPEDITED here: a kernel before Linux 4.14"

L_.str.17:                              ## @.str.17
	.asciz	"membarrier could not be registered (ENOMEM): the kernel had no memory for it"

L_.str.18:                              ## @.str.18
	.asciz	"membarrier failed with an error that no manual has (told on as EIO): an emulator, or a filter"

L_.str.19:                              ## @.str.19
	.space	1

L_.str.21:                              ## @.str.21
	.asciz	"nothing on this architecture and system reaches all threads (ENOTSUP), it needs a handshake: have each thread call sync_core_this_thread() before it runs the code"

L_.str.23:                              ## @.str.23
	.asciz	"a code_space"

L_.str.24:                              ## @.str.24
	.asciz	"all is given back"

L_.str.25:                              ## @.str.25
	.asciz	"  pages of %lu bytes; too many of them: error %d, %s\n"

L_.str.26:                              ## @.str.26
	.asciz	"more memory than there is: a typed error"

L_.str.28:                              ## @.str.28
	.asciz	"code_space: lazyref cannot allocate memory for code on this system (ENOTSUP): bring your own, and see instruction_sync.hpp"

	.section	__TEXT,__const
	.p2align	3                               ## @_ZN12_GLOBAL__N_16limitsE
__ZN12_GLOBAL__N_16limitsE:
	.quad	262144                          ## 0x40000
	.quad	16                              ## 0x10
	.quad	8                               ## 0x8
	.quad	0                               ## 0x0
	.quad	0                               ## 0x0
	.quad	0
	.quad	2147483648                      ## 0x80000000
	.quad	0                               ## 0x0
	.byte	0                               ## 0x0
	.byte	0                               ## 0x0
	.space	6

.zerofill __DATA,__bss,__ZZN12_GLOBAL__N_113each_executorEvE6result,1,0 ## @_ZZN12_GLOBAL__N_113each_executorEvE6result
.zerofill __DATA,__bss,__ZGVZN12_GLOBAL__N_113each_executorEvE6result,8,3 ## @_ZGVZN12_GLOBAL__N_113each_executorEvE6result
	.section	__DATA,__const
	.p2align	3                               ## @_ZTVN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEEE
__ZTVN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEEE:
	.quad	0
	.quad	__ZTIN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEEE
	.quad	__ZN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEE7reclaimEPS3_

	.section	__TEXT,__const
__ZTSN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEEE: ## @_ZTSN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEEE
	.asciz	"N7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEEE"

__ZTSN7lazyref4v0_26detail9code_homeIN12_GLOBAL__N_18functionEEE: ## @_ZTSN7lazyref4v0_26detail9code_homeIN12_GLOBAL__N_18functionEEE
	.asciz	"N7lazyref4v0_26detail9code_homeIN12_GLOBAL__N_18functionEEE"

	.section	__DATA,__const
	.p2align	3                               ## @_ZTIN7lazyref4v0_26detail9code_homeIN12_GLOBAL__N_18functionEEE
__ZTIN7lazyref4v0_26detail9code_homeIN12_GLOBAL__N_18functionEEE:
	.quad	__ZTVN10__cxxabiv117__class_type_infoE+16
	.quad	__ZTSN7lazyref4v0_26detail9code_homeIN12_GLOBAL__N_18functionEEE

	.p2align	3                               ## @_ZTIN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEEE
__ZTIN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEEE:
	.quad	__ZTVN10__cxxabiv121__vmi_class_type_infoE+16
	.quad	__ZTSN7lazyref4v0_210code_spaceIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEENS0_6detail19process_code_systemEEE
	.long	0                               ## 0x0
	.long	1                               ## 0x1
	.quad	__ZTIN7lazyref4v0_26detail9code_homeIN12_GLOBAL__N_18functionEEE
	.quad	0                               ## 0x0

	.section	__TEXT,__cstring,cstring_literals
L_.str.30:                              ## @.str.30
	.asciz	"code_space: the size is 0, or more than there are addresses"

L_.str.31:                              ## @.str.31
	.asciz	"success"

L_.str.32:                              ## @.str.32
	.asciz	"code_space: there is no memory for the descriptions of that many blocks (ENOMEM): ask for less"

	.section	__DATA,__const
	.p2align	3                               ## @_ZTVN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE
__ZTVN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE:
	.quad	0
	.quad	__ZTIN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE
	.quad	__ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E14last_user_leftEPS5_
	.quad	__ZN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EE14last_hold_leftEPS4_

	.section	__TEXT,__const
__ZTSN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE: ## @_ZTSN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE
	.asciz	"N7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE"

__ZTSN7lazyref4v0_26detail11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE: ## @_ZTSN7lazyref4v0_26detail11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE
	.asciz	"N7lazyref4v0_26detail11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE"

__ZTSN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_EE: ## @_ZTSN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_EE
	.asciz	"N7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_EE"

__ZTSN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EEE: ## @_ZTSN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EEE
	.asciz	"N7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EEE"

__ZTSN7lazyref4v0_26detail4homeIN12_GLOBAL__N_18functionEEE: ## @_ZTSN7lazyref4v0_26detail4homeIN12_GLOBAL__N_18functionEEE
	.asciz	"N7lazyref4v0_26detail4homeIN12_GLOBAL__N_18functionEEE"

	.section	__DATA,__const
	.p2align	3                               ## @_ZTIN7lazyref4v0_26detail4homeIN12_GLOBAL__N_18functionEEE
__ZTIN7lazyref4v0_26detail4homeIN12_GLOBAL__N_18functionEEE:
	.quad	__ZTVN10__cxxabiv117__class_type_infoE+16
	.quad	__ZTSN7lazyref4v0_26detail4homeIN12_GLOBAL__N_18functionEEE

	.p2align	3                               ## @_ZTIN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EEE
__ZTIN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EEE:
	.quad	__ZTVN10__cxxabiv120__si_class_type_infoE+16
	.quad	__ZTSN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EEE
	.quad	__ZTIN7lazyref4v0_26detail4homeIN12_GLOBAL__N_18functionEEE

	.p2align	3                               ## @_ZTIN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_EE
__ZTIN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_EE:
	.quad	__ZTVN10__cxxabiv120__si_class_type_infoE+16
	.quad	__ZTSN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_EE
	.quad	__ZTIN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EEE

	.p2align	3                               ## @_ZTIN7lazyref4v0_26detail11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE
__ZTIN7lazyref4v0_26detail11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE:
	.quad	__ZTVN10__cxxabiv120__si_class_type_infoE+16
	.quad	__ZTSN7lazyref4v0_26detail11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE
	.quad	__ZTIN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_EE

	.p2align	3                               ## @_ZTIN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE
__ZTIN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE:
	.quad	__ZTVN10__cxxabiv121__vmi_class_type_infoE+16
	.quad	__ZTSN7lazyref4v0_211lazy_domainIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE
	.long	0                               ## 0x0
	.long	1                               ## 0x1
	.quad	__ZTIN7lazyref4v0_26detail11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE
	.quad	0                               ## 0x0

	.p2align	3                               ## @_ZTVN7lazyref4v0_26detail11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE
__ZTVN7lazyref4v0_26detail11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE:
	.quad	0
	.quad	__ZTIN7lazyref4v0_26detail11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEE
	.quad	__ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E14last_user_leftEPS5_
	.quad	__ZN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EE14last_hold_leftEPS4_

	.p2align	3                               ## @_ZTVN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_EE
__ZTVN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_EE:
	.quad	0
	.quad	__ZTIN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_EE
	.quad	__ZN7lazyref4v0_26detail12reclaim_coreINS1_11domain_coreIN12_GLOBAL__N_18functionENS0_14domain_optionsILNS0_6policyE0ELNS0_7reclaimE0ELNS0_10candidatesE0ELm8192ELm1048576ELNS0_11slot_growthE0EEEEES5_SB_E14last_user_leftEPS5_
	.quad	__ZN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EE14last_hold_leftEPS4_

	.p2align	3                               ## @_ZTVN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EEE
__ZTVN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EEE:
	.quad	0
	.quad	__ZTIN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EEE
	.quad	___cxa_pure_virtual
	.quad	__ZN7lazyref4v0_26detail11object_homeIN12_GLOBAL__N_18functionELb0EE14last_hold_leftEPS4_

	.private_extern	__ZN7lazyref4v0_26detail9cpus_seenE ## @_ZN7lazyref4v0_26detail9cpus_seenE
	.section	__DATA,__data
	.globl	__ZN7lazyref4v0_26detail9cpus_seenE
	.weak_definition	__ZN7lazyref4v0_26detail9cpus_seenE
	.p2align	3
__ZN7lazyref4v0_26detail9cpus_seenE:
	.space	8

	.section	__TEXT,__cstring,cstring_literals
L_.str.34:                              ## @.str.34
	.asciz	"there is no memory for a domain of that size; ask for less"

	.section	__DATA,__data
	.globl	__ZN7lazyref4v0_26detail21current_fatal_handlerE ## @_ZN7lazyref4v0_26detail21current_fatal_handlerE
	.weak_definition	__ZN7lazyref4v0_26detail21current_fatal_handlerE
	.p2align	3
__ZN7lazyref4v0_26detail21current_fatal_handlerE:
	.space	8

	.section	__TEXT,__cstring,cstring_literals
L_.str.35:                              ## @.str.35
	.asciz	"lazyref: "

L_.str.38:                              ## @.str.38
	.asciz	"membarrier(PRIVATE_EXPEDITED) is gone (ENOSYS), most likely by a seccomp filter that came after the start; light fences are free already, so no other fence can stand in: allow membarrier in the filter, or build with LAZYREF_FENCE_MODE=LAZYREF_FENCE_SYMMETRIC"

	.private_extern	__ZN7lazyref4v0_26detail18this_threads_flushE ## @_ZN7lazyref4v0_26detail18this_threads_flushE
.tbss __ZN7lazyref4v0_26detail18this_threads_flushE$tlv$init, 8, 3

	.section	__DATA,__thread_vars,thread_local_variables
	.globl	__ZN7lazyref4v0_26detail18this_threads_flushE
	.weak_definition	__ZN7lazyref4v0_26detail18this_threads_flushE
__ZN7lazyref4v0_26detail18this_threads_flushE:
	.quad	__tlv_bootstrap
	.quad	0
	.quad	__ZN7lazyref4v0_26detail18this_threads_flushE$tlv$init

	.section	__TEXT,__cstring,cstring_literals
L_.str.48:                              ## @.str.48
	.asciz	"a hold was taken on an object that is being disposed of"

L_.str.49:                              ## @.str.49
	.asciz	"an object has more than 2^31 holds"

L_.str.50:                              ## @.str.50
	.asciz	"a hold was given up that was never taken: an object was handed over or released twice"

L_.str.51:                              ## @.str.51
	.asciz	"code_block: a block lost its last user that was never published by a code_space; a strong_ref to one comes from publish alone"

L_.str.52:                              ## @.str.52
	.asciz	"code_space: memory was given back twice"

L_.str.53:                              ## @.str.53
	.asciz	"    error %d: %s\n"

L_.str.55:                              ## @.str.55
	.asciz	"a draft"

L_.str.56:                              ## @.str.56
	.asciz	"two addresses where it is mapped twice"

L_.str.57:                              ## @.str.57
	.asciz	"no entry point before it is published"

L_.str.58:                              ## @.str.58
	.asciz	"publish"

L_.str.59:                              ## @.str.59
	.asciz	"the code returns its number"

L_.str.60:                              ## @.str.60
	.asciz	"code_space::draft: a block of no bytes (EINVAL)"

L_.str.61:                              ## @.str.61
	.asciz	"code_space::draft: the block is larger than the whole space (EFBIG)"

L_.str.62:                              ## @.str.62
	.asciz	"code_space::draft: as many blocks as it was made for are in use (ENOSPC): give some up"

L_.str.63:                              ## @.str.63
	.asciz	"code_space::draft: no piece of free memory is large enough (ENOSPC): give blocks up"

L_.str.65:                              ## @.str.65
	.asciz	"code_space::publish: a draft is empty, or belongs to another space (EINVAL)"

L_.str.66:                              ## @.str.66
	.asciz	"code_space::publish: the reference for the result is in use (EINVAL): give up the code that is replaced after its entry point was"

L_.str.67:                              ## @.str.67
	.asciz	"code_space::publish: a draft was given to lazy_domain::adopt; publish does that"

L_.str.69:                              ## @.str.69
	.asciz	"flush_code_range: the range reaches beyond the end of the address space"

	.section	__DATA,__data
	.globl	__ZN7lazyref4v0_24arch13x86_leaf7_edxE ## @_ZN7lazyref4v0_24arch13x86_leaf7_edxE
	.weak_definition	__ZN7lazyref4v0_24arch13x86_leaf7_edxE
	.p2align	2
__ZN7lazyref4v0_24arch13x86_leaf7_edxE:
	.space	4

	.globl	__ZN7lazyref4v0_26detail14code_ids_givenE ## @_ZN7lazyref4v0_26detail14code_ids_givenE
	.weak_definition	__ZN7lazyref4v0_26detail14code_ids_givenE
	.p2align	3
__ZN7lazyref4v0_26detail14code_ids_givenE:
	.space	8

	.section	__TEXT,__cstring,cstring_literals
L_.str.76:                              ## @.str.76
	.asciz	"lazy_domain::adopt: the object belongs to a domain already"

L_.str.79:                              ## @.str.79
	.asciz	"code_block::as: the block is not published"

L_.str.80:                              ## @.str.80
	.asciz	"lazy_domain::retire: the object belongs to another domain"

L_.str.81:                              ## @.str.81
	.asciz	"a user was dropped that was never counted: a strong_ref was destroyed twice"

L_.str.82:                              ## @.str.82
	.asciz	"new code where old code was"

L_.str.83:                              ## @.str.83
	.asciz	"a draft of a batch"

L_.str.84:                              ## @.str.84
	.asciz	"publish a batch"

L_.str.85:                              ## @.str.85
	.asciz	"each of a batch returns its number"

L_.str.86:                              ## @.str.86
	.asciz	"as many drafts as it was made for"

L_.str.87:                              ## @.str.87
	.asciz	"one more is ENOSPC"

L_.str.88:                              ## @.str.88
	.asciz	"every call returned the number of the function that was called"

L_.str.89:                              ## @.str.89
	.asciz	"  %ld calls in two threads, code replaced 2000 times\n"

	.section	__DATA,__const
	.p2align	3                               ## @"_ZTVNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEEE"
__ZTVNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEEE:
	.quad	0
	.quad	__ZTINSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEEE
	.quad	__ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEED1Ev
	.quad	__ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEED0Ev
	.quad	__ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEE6_M_runEv

	.section	__TEXT,__const
__ZTSNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEEE: ## @"_ZTSNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEEE"
	.asciz	"NSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEEE"

	.section	__DATA,__const
	.p2align	3                               ## @"_ZTINSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEEE"
__ZTINSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEEE:
	.quad	__ZTVN10__cxxabiv120__si_class_type_infoE+16
	.quad	__ZTSNSt6thread11_State_implINS_8_InvokerISt5tupleIJZN12_GLOBAL__N_17threadsERN7lazyref4v0_210code_spaceINS3_8functionENS5_14domain_optionsILNS5_6policyE0ELNS5_7reclaimE0ELNS5_10candidatesE0ELm8192ELm1048576ELNS5_11slot_growthE0EEENS5_6detail19process_code_systemEEEE3$_0EEEEEE
	.quad	__ZTINSt6thread6_StateE

	.section	__TEXT,__cstring,cstring_literals
L_.str.90:                              ## @.str.90
	.asciz	"a disposer that ran inside activate, protect, try_protect, reset_protection(pointer) or protect_same gave away the slot, or the hazard pointer, of that call (detached or destroyed it): the call cannot keep its promise; let disposers use a slot of their own"

L_.str.91:                              ## @.str.91
	.asciz	"lazy_slot::protect: the slot is empty"

L_.str.92:                              ## @.str.92
	.asciz	"lazy_slot: the slot was switched, parked or detached inside a scope, as temporary_activation; end that first"

L_.str.93:                              ## @.str.93
	.asciz	"lazy_slot: two threads use one slot at the same time; each worker needs its own"

L_.str.94:                              ## @.str.94
	.asciz	"lazy_slot::protect: the object belongs to another domain"

L_.str.95:                              ## @.str.95
	.asciz	"lazy_slot::deactivate: the slot is empty"

L_.str.96:                              ## @.str.96
	.asciz	"  FAILED: %s\n"

L_.str.97:                              ## @.str.97
	.asciz	"lazy_domain: destroyed while some of its objects are alive; drop every strong_ref, and join every thread that does, first; if the domain is static and its threads run until the program exits, do not destroy it: static auto& domain = *new lazyref::lazy_domain<T>(n)"

L_.str.98:                              ## @.str.98
	.asciz	"lazy_domain: destroyed while a lazy_slot of it is active; deactivate and detach every lazy_slot (end or join its thread) first; if the domain is static and its threads run until the program exits, do not destroy it: static auto& domain = *new lazyref::lazy_domain<T>(n)"

L_.str.99:                              ## @.str.99
	.asciz	"lazy_domain: destroyed while a lazy_slot of it is attached; detach every lazy_slot (end or join its thread) first; if the domain is static and its threads run until the program exits, do not destroy it: static auto& domain = *new lazyref::lazy_domain<T>(n)"

L_.str.100:                             ## @.str.100
	.asciz	"code_space: destroyed while a draft exists; publish or destroy every code_draft first"

	.section	__TEXT,__const
	.p2align	2                               ## @reltable.main
l_reltable.main:
	.long	L_.str.7-l_reltable.main
	.long	L_.str.9-l_reltable.main
	.long	L_.str.9-l_reltable.main
	.long	L_.str.10-l_reltable.main
	.long	L_.str.11-l_reltable.main
	.long	L_.str.12-l_reltable.main
	.long	L_.str.14-l_reltable.main
	.long	L_.str.15-l_reltable.main
	.long	L_.str.16-l_reltable.main
	.long	L_.str.17-l_reltable.main
	.long	L_.str.18-l_reltable.main

	.weak_reference _pthread_mutex_lock
	.weak_reference ___pthread_key_create
	.weak_reference _pthread_mutex_unlock
	.weak_reference _sched_yield
.subsections_via_symbols

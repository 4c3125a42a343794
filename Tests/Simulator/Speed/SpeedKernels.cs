namespace WrnEngine.Tests.Simulator.Speed;

/// <summary>The two loops whose speed is quoted, as clang 19 compiles them for sm_80.</summary>
internal static class SpeedKernels
{
    /// <summary>
    /// <c>matmul(a, b, c, n)</c>: c = a b for n x n matrices in tiles of 16 x 16 through shared memory, 16 x 16 threads per block.
    /// <c>batch_norm(x, y, rows, channels)</c>: mean and variance over the rows of each channel, then (x - mean) / deviation; 32 x 8 threads
    /// per block of 32 channels.
    /// </summary>
    public const string Ptx = """
        .version 7.5
        .target sm_80
        .address_size 64
        .visible .entry matmul(
        .param .u64 matmul_param_0,
        .param .u64 matmul_param_1,
        .param .u64 matmul_param_2,
        .param .u32 matmul_param_3
        )
        {
        .reg .pred  %p<3>;
        .reg .b32  %r<24>;
        .reg .f32  %f<57>;
        .reg .b64  %rd<21>;
        .shared .align 4 .b8 as_tile[1024];
        .shared .align 4 .b8 bs_tile[1024];
        ld.param.u32  %r13, [matmul_param_3];
        ld.param.u64  %rd9, [matmul_param_2];
        cvta.to.global.u64  %rd1, %rd9;
        mov.u32  %r14, %ctaid.y;
        shl.b32  %r15, %r14, 4;
        mov.u32  %r1, %tid.y;
        add.s32  %r16, %r15, %r1;
        mov.u32  %r17, %ctaid.x;
        shl.b32  %r2, %r17, 4;
        mov.u32  %r3, %tid.x;
        add.s32  %r4, %r2, %r3;
        setp.lt.s32  %p1, %r13, 1;
        mul.lo.s32  %r5, %r16, %r13;
        mov.f32  %f56, 0f00000000;
        @%p1 bra  $L__BB0_3;
        ld.param.u64  %rd8, [matmul_param_0];
        ld.param.u64  %rd10, [matmul_param_1];
        cvta.to.global.u64  %rd2, %rd10;
        cvta.to.global.u64  %rd3, %rd8;
        mul.wide.u32  %rd11, %r1, 64;
        mov.u64  %rd12, as_tile;
        add.s64  %rd6, %rd12, %rd11;
        mul.wide.u32  %rd13, %r3, 4;
        add.s64  %rd4, %rd6, %rd13;
        mov.u64  %rd14, bs_tile;
        add.s64  %rd7, %rd14, %rd13;
        add.s64  %rd5, %rd7, %rd11;
        mad.lo.s32  %r19, %r1, %r13, %r3;
        add.s32  %r22, %r19, %r2;
        shl.b32  %r7, %r13, 4;
        add.s32  %r8, %r3, %r5;
        mov.f32  %f56, 0f00000000;
        mov.b32  %r23, 0;
        $L__BB0_2:
        add.s32  %r20, %r8, %r23;
        mul.wide.u32  %rd15, %r20, 4;
        add.s64  %rd16, %rd3, %rd15;
        ld.global.f32  %f6, [%rd16];
        st.shared.f32  [%rd4], %f6;
        mul.wide.u32  %rd17, %r22, 4;
        add.s64  %rd18, %rd2, %rd17;
        ld.global.f32  %f7, [%rd18];
        st.shared.f32  [%rd5], %f7;
        bar.sync  0;
        ld.shared.f32  %f8, [%rd6];
        ld.shared.f32  %f9, [%rd7];
        fma.rn.f32  %f10, %f8, %f9, %f56;
        ld.shared.f32  %f11, [%rd6+4];
        ld.shared.f32  %f12, [%rd7+64];
        fma.rn.f32  %f13, %f11, %f12, %f10;
        ld.shared.f32  %f14, [%rd6+8];
        ld.shared.f32  %f15, [%rd7+128];
        fma.rn.f32  %f16, %f14, %f15, %f13;
        ld.shared.f32  %f17, [%rd6+12];
        ld.shared.f32  %f18, [%rd7+192];
        fma.rn.f32  %f19, %f17, %f18, %f16;
        ld.shared.f32  %f20, [%rd6+16];
        ld.shared.f32  %f21, [%rd7+256];
        fma.rn.f32  %f22, %f20, %f21, %f19;
        ld.shared.f32  %f23, [%rd6+20];
        ld.shared.f32  %f24, [%rd7+320];
        fma.rn.f32  %f25, %f23, %f24, %f22;
        ld.shared.f32  %f26, [%rd6+24];
        ld.shared.f32  %f27, [%rd7+384];
        fma.rn.f32  %f28, %f26, %f27, %f25;
        ld.shared.f32  %f29, [%rd6+28];
        ld.shared.f32  %f30, [%rd7+448];
        fma.rn.f32  %f31, %f29, %f30, %f28;
        ld.shared.f32  %f32, [%rd6+32];
        ld.shared.f32  %f33, [%rd7+512];
        fma.rn.f32  %f34, %f32, %f33, %f31;
        ld.shared.f32  %f35, [%rd6+36];
        ld.shared.f32  %f36, [%rd7+576];
        fma.rn.f32  %f37, %f35, %f36, %f34;
        ld.shared.f32  %f38, [%rd6+40];
        ld.shared.f32  %f39, [%rd7+640];
        fma.rn.f32  %f40, %f38, %f39, %f37;
        ld.shared.f32  %f41, [%rd6+44];
        ld.shared.f32  %f42, [%rd7+704];
        fma.rn.f32  %f43, %f41, %f42, %f40;
        ld.shared.f32  %f44, [%rd6+48];
        ld.shared.f32  %f45, [%rd7+768];
        fma.rn.f32  %f46, %f44, %f45, %f43;
        ld.shared.f32  %f47, [%rd6+52];
        ld.shared.f32  %f48, [%rd7+832];
        fma.rn.f32  %f49, %f47, %f48, %f46;
        ld.shared.f32  %f50, [%rd6+56];
        ld.shared.f32  %f51, [%rd7+896];
        fma.rn.f32  %f52, %f50, %f51, %f49;
        ld.shared.f32  %f53, [%rd6+60];
        ld.shared.f32  %f54, [%rd7+960];
        fma.rn.f32  %f56, %f53, %f54, %f52;
        bar.sync  0;
        add.s32  %r23, %r23, 16;
        add.s32  %r22, %r22, %r7;
        setp.lt.s32  %p2, %r23, %r13;
        @%p2 bra  $L__BB0_2;
        $L__BB0_3:
        add.s32  %r21, %r5, %r4;
        mul.wide.s32  %rd19, %r21, 4;
        add.s64  %rd20, %rd1, %rd19;
        st.global.f32  [%rd20], %f56;
        ret;
        }
        .visible .entry batch_norm(
        .param .u64 batch_norm_param_0,
        .param .u64 batch_norm_param_1,
        .param .u32 batch_norm_param_2,
        .param .u32 batch_norm_param_3
        )
        {
        .reg .pred  %p<5>;
        .reg .b32  %r<27>;
        .reg .f32  %f<56>;
        .reg .b64  %rd<18>;
        .shared .align 4 .b8 sums[1024];
        .shared .align 4 .b8 squares[1024];
        ld.param.u32  %r17, [batch_norm_param_3];
        ld.param.u32  %r16, [batch_norm_param_2];
        ld.param.u64  %rd3, [batch_norm_param_0];
        cvta.to.global.u64  %rd2, %rd3;
        mov.u32  %r18, %ctaid.x;
        shl.b32  %r1, %r18, 5;
        mov.u32  %r2, %tid.x;
        mov.u32  %r26, %tid.y;
        setp.ge.s32  %p1, %r26, %r16;
        mov.f32  %f55, 0f00000000;
        mad.lo.s32  %r21, %r26, %r17, %r2;
        shl.b32  %r22, %r17, 3;
        mov.f32  %f54, %f55;
        @%p1 bra  $L__BB1_3;
        add.s32  %r23, %r21, %r1;
        mov.f32  %f54, 0f00000000;
        mov.f32  %f55, %f54;
        mov.u32  %r24, %r26;
        $L__BB1_2:
        mul.wide.s32  %rd5, %r23, 4;
        add.s64  %rd6, %rd2, %rd5;
        ld.global.f32  %f11, [%rd6];
        add.f32  %f54, %f54, %f11;
        fma.rn.f32  %f55, %f11, %f11, %f55;
        add.s32  %r24, %r24, 8;
        add.s32  %r23, %r23, %r22;
        setp.lt.s32  %p2, %r24, %r16;
        @%p2 bra  $L__BB1_2;
        $L__BB1_3:
        mul.wide.u32  %rd7, %r26, 128;
        mul.wide.u32  %rd8, %r2, 4;
        mov.u64  %rd9, sums;
        add.s64  %rd10, %rd9, %rd8;
        add.s64  %rd11, %rd10, %rd7;
        st.shared.f32  [%rd11], %f54;
        mov.u64  %rd12, squares;
        add.s64  %rd13, %rd12, %rd8;
        add.s64  %rd14, %rd13, %rd7;
        st.shared.f32  [%rd14], %f55;
        bar.sync  0;
        @%p1 bra  $L__BB1_6;
        ld.param.u64  %rd4, [batch_norm_param_1];
        cvta.to.global.u64  %rd1, %rd4;
        ld.shared.f32  %f12, [%rd10];
        add.f32  %f13, %f12, 0f00000000;
        ld.shared.f32  %f14, [%rd13];
        add.f32  %f15, %f14, 0f00000000;
        ld.shared.f32  %f16, [%rd10+128];
        add.f32  %f17, %f13, %f16;
        ld.shared.f32  %f18, [%rd13+128];
        add.f32  %f19, %f15, %f18;
        ld.shared.f32  %f20, [%rd10+256];
        add.f32  %f21, %f17, %f20;
        ld.shared.f32  %f22, [%rd13+256];
        add.f32  %f23, %f19, %f22;
        ld.shared.f32  %f24, [%rd10+384];
        add.f32  %f25, %f21, %f24;
        ld.shared.f32  %f26, [%rd13+384];
        add.f32  %f27, %f23, %f26;
        ld.shared.f32  %f28, [%rd10+512];
        add.f32  %f29, %f25, %f28;
        ld.shared.f32  %f30, [%rd13+512];
        add.f32  %f31, %f27, %f30;
        ld.shared.f32  %f32, [%rd10+640];
        add.f32  %f33, %f29, %f32;
        ld.shared.f32  %f34, [%rd13+640];
        add.f32  %f35, %f31, %f34;
        ld.shared.f32  %f36, [%rd10+768];
        add.f32  %f37, %f33, %f36;
        ld.shared.f32  %f38, [%rd13+768];
        add.f32  %f39, %f35, %f38;
        ld.shared.f32  %f40, [%rd10+896];
        add.f32  %f41, %f37, %f40;
        ld.shared.f32  %f42, [%rd13+896];
        add.f32  %f43, %f39, %f42;
        cvt.rn.f32.s32  %f44, %r16;
        div.rn.f32  %f3, %f41, %f44;
        div.rn.f32  %f45, %f43, %f44;
        neg.f32  %f46, %f3;
        fma.rn.f32  %f47, %f46, %f3, %f45;
        add.f32  %f48, %f47, 0f3727C5AC;
        rsqrt.approx.f32  %f4, %f48;
        add.s32  %r25, %r21, %r1;
        $L__BB1_5:
        mul.wide.s32  %rd15, %r25, 4;
        add.s64  %rd16, %rd2, %rd15;
        ld.global.f32  %f49, [%rd16];
        sub.f32  %f50, %f49, %f3;
        mul.f32  %f51, %f4, %f50;
        add.s64  %rd17, %rd1, %rd15;
        st.global.f32  [%rd17], %f51;
        add.s32  %r26, %r26, 8;
        add.s32  %r25, %r25, %r22;
        setp.lt.s32  %p4, %r26, %r16;
        @%p4 bra  $L__BB1_5;
        $L__BB1_6:
        ret;
        }
        """;
}

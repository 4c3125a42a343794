using System.Runtime.InteropServices;

namespace WrnEngine.Tests.Simulator.Driver;

/// <summary>Kernels for the tests of the driver, each with one struct parameter, and the structs.</summary>
internal static class TestKernels
{
    /// <summary>x[i] = x[i] * factor + addend for i below count.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct AffineArgs
    {
        public ulong X;
        public float Factor;
        public float Addend;
        public int Count;
        public int Padding;
    }

    /// <summary>Where `poke` stores, `spin` loops and `fail` fails.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PokeArgs
    {
        public ulong Address;
        public int Value;
        public int Padding;
    }

    public const string Ptx =
        """
        .version 7.5
        .target sm_75
        .address_size 64

        .visible .global .align 4 .u32 counter = 5;

        .visible .entry affine_f32(.param .align 8 .b8 affine_param_0[24])
        {
            .reg .pred %p<2>;
            .reg .f32 %f<5>;
            .reg .b32 %r<6>;
            .reg .b64 %rd<5>;
            ld.param.u64 %rd1, [affine_param_0];
            ld.param.f32 %f1, [affine_param_0+8];
            ld.param.f32 %f2, [affine_param_0+12];
            ld.param.u32 %r1, [affine_param_0+16];
            mov.u32 %r2, %ctaid.x;
            mov.u32 %r3, %ntid.x;
            mov.u32 %r4, %tid.x;
            mad.lo.s32 %r5, %r2, %r3, %r4;
            setp.ge.s32 %p1, %r5, %r1;
            @%p1 bra DONE;
            cvta.to.global.u64 %rd2, %rd1;
            mul.wide.s32 %rd3, %r5, 4;
            add.s64 %rd4, %rd2, %rd3;
            ld.global.f32 %f3, [%rd4];
            fma.rn.f32 %f4, %f3, %f1, %f2;
            st.global.f32 [%rd4], %f4;
        DONE:
            ret;
        }

        .visible .entry poke_u32(.param .align 8 .b8 poke_param_0[16])
        {
            .reg .b32 %r<2>;
            .reg .b64 %rd<3>;
            ld.param.u64 %rd1, [poke_param_0];
            ld.param.u32 %r1, [poke_param_0+8];
            cvta.to.global.u64 %rd2, %rd1;
            st.global.u32 [%rd2], %r1;
            ret;
        }

        .visible .entry spin(.param .align 8 .b8 spin_param_0[16])
        {
        AGAIN:
            bra.uni AGAIN;
        }

        .visible .entry two_params(.param .u64 two_param_0, .param .u32 two_param_1)
        {
            .reg .b32 %r<2>;
            .reg .b64 %rd<3>;
            ld.param.u64 %rd1, [two_param_0];
            ld.param.u32 %r1, [two_param_1];
            cvta.to.global.u64 %rd2, %rd1;
            st.global.u32 [%rd2], %r1;
            ret;
        }

        .visible .entry count_up()
        {
            .reg .b32 %r<3>;
            ld.global.u32 %r1, [counter];
            add.u32 %r2, %r1, 1;
            st.global.u32 [counter], %r2;
            ret;
        }

        .visible .entry bounded() .maxntid 128, 1, 1
        {
            .shared .align 4 .b8 tile[2048];
            .reg .b32 %r<2>;
            mov.u32 %r1, tile;
            st.shared.u32 [%r1], %r1;
            ret;
        }
        """;
}

using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace LlmTelemetry.Usage.Tests;

/// <summary>Runs a property over random cases and prints the seed; <c>FSCHECK_SEED</c> runs the same cases again.</summary>
internal static class PropertyRun
{
    public const int Cases = 2_000;

    /// <param name="cases">Where cases come from.</param>
    /// <param name="fault">What is wrong with a case; null: nothing.</param>
    public static void Holds<T>(Gen<T> cases, Func<T, string?> fault)
    {
        var seed = ulong.TryParse(Environment.GetEnvironmentVariable("FSCHECK_SEED"), out var given) ? given : (ulong)Random.Shared.NextInt64();
        TestContext.Current.TestOutputHelper?.WriteLine($"FSCHECK_SEED={seed}, {Cases} cases");
        var replay = new Replay(new Rnd(seed, 0x9E3779B97F4A7C15), FSharpOption<int>.None);
        var config = Config.QuickThrowOnFailure.WithMaxTest(Cases).WithReplay(FSharpOption<Replay>.Some(replay));
        Prop.ForAll(cases.ToArbitrary(), c => fault(c) is { } text ? throw new InvalidOperationException($"FSCHECK_SEED={seed}: {text}") : true).Check(config);
    }
}

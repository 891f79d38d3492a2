using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains;
using BenchmarkDotNet.Toolchains.CsProj;
using BenchmarkDotNet.Toolchains.DotNetCli;

namespace LlmTelemetry.Benchmarks;

/// <summary>BenchmarkDotNet's own way, a process for each case; told where the project is, which it looks for by the assembly's name.</summary>
internal static class HouseToolchain
{
    private const string Framework = "net10.0";

    // BenchmarkDotNet takes null for "as installed" here, and does not say so in its signatures.
    private const string Installed = null!;

    public static IToolchain Create() =>
        new Toolchain("house", new Generator(), new DotNetCliBuilder(Framework), new DotNetCliExecutor(Installed));

    private sealed class Generator() : CsProjGenerator(Framework, Installed, Installed, Installed)
    {
        protected override FileInfo GetProjectFilePath(Type benchmarkTarget, ILogger logger) => new(TestKit.Repository.PathOf("benchmarks/Benchmarks.csproj"));
    }
}

using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Order;
using Perfolizer.Horology;

namespace LlmTelemetry.Benchmarks;

/// <summary>How everything here is measured: each case in a process of its own, what a case adds to its baseline beside its own figures.</summary>
internal sealed class HouseConfig : ManualConfig
{
    public HouseConfig()
    {
        AddJob(Job.Default
            .WithToolchain(HouseToolchain.Create())
            .WithArguments([new MsBuildArgument("/p:RunAnalyzers=false")]) // They have had their say in the build of this program.
            .WithWarmupCount(6)
            .WithIterationCount(15)
            .WithIterationTime(TimeInterval.FromMilliseconds(250)));
        WithBuildTimeout(TimeSpan.FromMinutes(10));
        AddDiagnoser(new MemoryDiagnoser(new MemoryDiagnoserConfig(displayGenColumns: false)));
        AddColumnProvider(DefaultColumnProviders.Descriptor, DefaultColumnProviders.Params, DefaultColumnProviders.Metrics);
        AddColumn(StatisticColumn.Min, StatisticColumn.Median, BaselineRatioColumn.RatioMean, AddedColumn.Time, AddedColumn.Bytes);
        AddLogger(ConsoleLogger.Default);
        AddExporter(MarkdownExporter.GitHub);
        Orderer = new DefaultOrderer(SummaryOrderPolicy.Declared);
        WithArtifactsPath(Path.Combine(TestKit.Repository.Root, "artifacts", "benchmarks"));
    }
}

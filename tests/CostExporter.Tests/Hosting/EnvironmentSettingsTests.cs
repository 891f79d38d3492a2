using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class EnvironmentSettingsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-environment-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Exporter_without_a_host_has_the_settings_of_its_environment_and_refuses_wrong_ones()
    {
        var options = Read(("LlmTelemetry:Store", "redis://:secret@localhost:6390/2"), ("LlmTelemetry:HourRetention", "3.00:00:00"), ("LlmTelemetry:Records:Keep", "none"));

        Assert.Equal(("redis://:secret@localhost:6390/2", TimeSpan.FromDays(3), RecordKeeping.None), (options.Store, options.HourRetention, options.Records.Keep));
        Assert.Equal(new CostExporterOptions().Store, Read().Store);
        Assert.Contains("LlmTelemetry:Interval: 'soon'", Assert.Throws<OptionsValidationException>(() => Read(("LlmTelemetry:Interval", "soon"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Console_that_names_no_store_in_code_keeps_spend_where_its_environment_says()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "LlmTelemetry.ExporterProcess.dll");
        var start = new ProcessStartInfo("dotnet", [program, "-", "10"]) { RedirectStandardOutput = true, WorkingDirectory = _folder.FullName };
        start.Environment["LlmTelemetry__Store"] = "sqlite:by-environment.db";
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Contains("tally 10 ", output, StringComparison.Ordinal);
        await using var reports = await UsageReports.OpenAsync("sqlite:" + Path.Combine(_folder.FullName, "by-environment.db"), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(10, (await reports.QueryAsync(reports.Last(TimeSpan.FromHours(2)), TestContext.Current.CancellationToken)).Total.Calls);
    }

    private static CostExporterOptions Read(params (string Key, string Value)[] settings) =>
        EnvironmentSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build());
}

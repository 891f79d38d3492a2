using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>The servers' own checkers accept the files that we ship.</summary>
public sealed class ConfigurationTests
{
    private const string OtlpBlock = "\notlp:";

    [Fact]
    public Task Promtool_accepts_the_rules() => AcceptedAsync("promtool", ["check", "rules", .. Repository.Files("prometheus/rules", "*.yml").Where(IsRules)]);

    [Fact]
    public Task Promtool_sees_each_alert_fire_stay_silent_and_resolve() =>
        AcceptedAsync("promtool", ["test", "rules", .. Repository.Files("prometheus/rules/tests", "*.yml")]);

    [Fact]
    public Task Promtool_accepts_the_configuration_of_any_prometheus() => AcceptedAsync("promtool", "check", "config", "prometheus/prometheus.yml");

    [Fact]
    public async Task Promtool_3_accepts_the_configuration_with_otlp()
    {
        var (_, version) = await RunAsync("promtool", "--version");
        Assert.SkipWhen(version.Contains("version 2.", StringComparison.Ordinal), "this promtool is of Prometheus 2, which has no otlp block");
        await AcceptedAsync("promtool", "check", "config", "prometheus/prometheus-otlp.yml");
    }

    [Fact]
    public void The_two_configurations_differ_in_the_otlp_block_alone()
    {
        var with = Repository.Read("prometheus/prometheus-otlp.yml");
        Assert.Contains(OtlpBlock, with, StringComparison.Ordinal);
        Assert.Equal(FromGlobal(Repository.Read("prometheus/prometheus.yml")), FromGlobal(with));
    }

    [Fact]
    public Task The_collector_accepts_its_configuration() => AcceptedAsync("otelcol", "validate", "--config", "otel-collector.yaml");

    [Fact]
    public async Task A_checker_that_refuses_fails_the_test()
    {
        var (code, output) = await RunAsync("promtool", "check", "rules", "otel-collector.yaml");
        Assert.NotEqual(0, code);
        Assert.Contains("FAILED", output, StringComparison.Ordinal);
    }

    private static bool IsRules(string file) => !file.Contains("/tests/", StringComparison.Ordinal);

    private static string FromGlobal(string configuration) => configuration[configuration.IndexOf("\nglobal:", StringComparison.Ordinal)..];

    private static async Task AcceptedAsync(string program, params IEnumerable<string> arguments)
    {
        var (code, output) = await RunAsync(program, [.. arguments]);
        Assert.True(code == 0, output);
    }

    private static Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments) =>
        Tool.RunAsync(Server.Need(program), arguments, TestContext.Current.CancellationToken);
}

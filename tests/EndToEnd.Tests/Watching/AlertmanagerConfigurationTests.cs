using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>prometheus/alertmanager.yml, as Alertmanager's own tool reads it.</summary>
public sealed partial class AlertmanagerConfigurationTests : IDisposable
{
    private const string Configuration = "prometheus/alertmanager.yml";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-amtool-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public Task Amtool_accepts_it() => AcceptedAsync(Configuration);

    [Fact]
    public async Task Amtool_accepts_it_with_every_example_of_a_way_out()
    {
        var file = Path.Combine(_folder.FullName, "alertmanager.yml");
        var text = Repository.Read(Configuration);
        Assert.NotEmpty(Example().Matches(text));
        await File.WriteAllTextAsync(file, Example().Replace(text, ""), TestContext.Current.CancellationToken);
        await AcceptedAsync(file);
    }

    [Fact]
    public async Task A_configuration_that_amtool_refuses_fails_the_test()
    {
        var (code, output) = await AmtoolAsync("check-config", "prometheus/prometheus.yml");
        Assert.NotEqual(0, code);
        Assert.Contains("FAILED", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("critical", "on-call")]
    [InlineData("warning", "team")]
    [InlineData("info", "log")]
    [InlineData("of-somebody-else", "team")]
    public async Task Each_severity_goes_to_its_receiver(string severity, string receiver)
    {
        // Whatever else an alert says, its severity alone decides.
        foreach (var alert in AlertRules.All.Where(rule => rule.IsAlert))
        {
            var (code, output) = await AmtoolAsync(
                "config", "routes", "test", $"--config.file={Configuration}", $"--verify.receivers={receiver}", $"alertname={alert.Name}", $"severity={severity}", "gen_ai_provider_name=anthropic", "job=shop");
            Assert.True(code == 0, $"{alert.Name}: {output}");
        }
    }

    private static async Task AcceptedAsync(string file)
    {
        var (code, output) = await AmtoolAsync("check-config", file);
        Assert.True(code == 0, output);
    }

    private static Task<(int ExitCode, string Output)> AmtoolAsync(params string[] arguments) => Tool.RunAsync(Server.Need("amtool"), arguments, TestContext.Current.CancellationToken);

    // The sign before a key; a comment has a space after it.
    [GeneratedRegex(@"(?<=^ +)#(?=[a-z_]+:)", RegexOptions.Multiline)]
    private static partial Regex Example();
}

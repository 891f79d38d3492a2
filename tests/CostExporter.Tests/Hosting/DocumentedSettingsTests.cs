using System.Reflection;
using LlmTelemetry.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class DocumentedSettingsTests
{
    // What only code can give.
    private static readonly string[] CodeAlone = [nameof(CostExporterOptions.Hub), nameof(CostExporterOptions.TimeProvider)];

    public static TheoryData<string> Options => [.. typeof(CostExporterOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name)];

    [Theory]
    [MemberData(nameof(Options))]
    public void Setting_stands_in_the_table_of_settings(string option)
    {
        var rows = Repository.Read("docs/redis.md").Split('\n').Where(line => line.StartsWith($"| `{option}`", StringComparison.Ordinal) || line.StartsWith($"| `{option}.", StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Equal(!CodeAlone.Contains(option), row.Contains($"`LlmTelemetry__{option}", StringComparison.Ordinal)));
    }

    [Fact]
    public void Environment_names_the_store_and_code_wins()
    {
        Environment.SetEnvironmentVariable("DOCSETTINGS_LlmTelemetry__Store", "rediss://default:TOKEN@eu1-some.upstash.io:6380");
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables("DOCSETTINGS_").Build();

        Assert.Equal("rediss://default:TOKEN@eu1-some.upstash.io:6380", StoreOf(configuration, configure: null));
        Assert.Equal("redis:localhost:6379", StoreOf(configuration, options => options.Store = "redis:localhost:6379"));
    }

    [Fact]
    public void Address_over_https_is_refused_at_start_with_the_setting_and_what_would_be_right()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("LlmTelemetry:Store", "https://eu1-some.upstash.io")]).Build();
        var error = Assert.Throws<OptionsValidationException>(() => StoreOf(configuration, configure: null));

        Assert.Contains("LlmTelemetry:Store", error.Message, StringComparison.Ordinal);
        Assert.Contains("rediss://", error.Message, StringComparison.Ordinal);
    }

    private static string StoreOf(IConfiguration configuration, Action<CostExporterOptions>? configure)
    {
        using var services = new ServiceCollection().AddSingleton(configuration).AddCostExporter(configure).BuildServiceProvider();
        return services.GetRequiredService<IOptions<CostExporterOptions>>().Value.Store;
    }
}

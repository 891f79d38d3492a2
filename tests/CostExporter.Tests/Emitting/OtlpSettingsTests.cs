using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;

namespace LlmTelemetry.CostExporter.Tests.Emitting;

public sealed class OtlpSettingsTests
{
    [Theory]
    [InlineData("", "http://127.0.0.1:4318/v1/logs")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318", "http://collector:4318/v1/logs")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=https://collector/otlp/", "https://collector/otlp/v1/logs")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT= ", "http://127.0.0.1:4318/v1/logs")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://all OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=http://logs/as/it/is", "http://logs/as/it/is")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "http://127.0.0.1:4317/")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http/protobuf", "http://127.0.0.1:4318/v1/logs")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://all LlmTelemetry:Otlp:Endpoint=http://ours:4320", "http://ours:4320/v1/logs")]
    [InlineData("LlmTelemetry:Otlp:Endpoint=http://ours:4320/v1/logs", "http://ours:4320/v1/logs")]
    [InlineData("LlmTelemetry:Otlp:Endpoint=http://ours:4320 OTEL_EXPORTER_OTLP_ENDPOINT=nonsense", "http://ours:4320/v1/logs")]
    public void Events_are_sent_where_the_nearest_setting_says(string settings, string endpoint) => Assert.Equal(endpoint, Resolve(settings).Endpoint.ToString());

    [Fact]
    public void Every_setting_of_the_section_is_read()
    {
        var options = Read("LlmTelemetry:Otlp:Protocol=grpc LlmTelemetry:Otlp:Headers=a=1,b=2 LlmTelemetry:Otlp:Timeout=00:00:03 LlmTelemetry:Otlp:QueueSize=7 LlmTelemetry:Otlp:BatchSize=5 LlmTelemetry:Otlp:Interval=00:00:04 LlmTelemetry:Otlp:ShutdownTimeout=00:00:06");

        Assert.Equal((OtlpExportProtocol.Grpc, "a=1,b=2", 7, 5), (options.Protocol, options.Headers, options.QueueSize, options.BatchSize));
        Assert.Equal([3, 4, 6], new[] { options.Timeout!.Value, options.Interval, options.ShutdownTimeout }.Select(time => time.TotalSeconds));
    }

    [Fact]
    public void Headers_and_time_limit_are_those_of_logs_before_those_of_all()
    {
        var settings = Resolve("OTEL_EXPORTER_OTLP_HEADERS=a=1 OTEL_EXPORTER_OTLP_LOGS_HEADERS=b=2 OTEL_EXPORTER_OTLP_TIMEOUT=1500");

        Assert.Equal(("b=2", TimeSpan.FromSeconds(1.5)), (settings.Headers, settings.Timeout));
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318", "OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' is not right here; it must be an address such as http://")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=ftp://x", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'ftp://x'")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL=http/json", "OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' is not right here; it must be http/protobuf or grpc")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT=10s", "OTEL_EXPORTER_OTLP_TIMEOUT: '10s' is not right here; it must be a whole number of milliseconds")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT=0", "OTEL_EXPORTER_OTLP_TIMEOUT: '0'")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=SECRET", "OTEL_EXPORTER_OTLP_HEADERS: The value (not shown: it may hold a key)")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=redis://joe:SECRET@host", "OTEL_EXPORTER_OTLP_ENDPOINT: The value (not shown: it may hold a password)")]
    [InlineData("LlmTelemetry:Otlp:Endpoint=collector", "LlmTelemetry:Otlp:Endpoint: 'collector' is not right here; it must be an address")]
    [InlineData("LlmTelemetry:Otlp:Protocol=http", "LlmTelemetry:Otlp:Protocol: 'http' is not right here; it must be http/protobuf or grpc")]
    [InlineData("LlmTelemetry:Otlp:Headers=SECRET", "LlmTelemetry:Otlp:Headers: The value (not shown: it may hold a key)")]
    [InlineData("LlmTelemetry:Otlp:QueueSize=0", "LlmTelemetry:Otlp:QueueSize: '0' is not right here; it must be a whole number above 0")]
    [InlineData("LlmTelemetry:Otlp:BatchSize=many", "LlmTelemetry:Otlp:BatchSize: 'many'")]
    [InlineData("LlmTelemetry:Otlp:Interval=5", "LlmTelemetry:Otlp:Interval: '5' is not right here; it must be a positive time span")]
    [InlineData("LlmTelemetry:Otlp:Timeout=00:00:00", "LlmTelemetry:Otlp:Timeout: '00:00:00'")]
    public void Wrong_setting_is_named_with_its_value_and_what_would_be_right(string settings, string says)
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Resolve(settings));

        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_value_in_code_is_refused_with_the_rule()
    {
        var options = new UsageEventOtlpOptions();

        Assert.Contains("http://", Assert.Throws<ArgumentException>(() => options.Endpoint = new Uri("/v1/logs", UriKind.Relative)).Message, StringComparison.Ordinal);
        Assert.Contains("name=value", Assert.Throws<ArgumentException>(() => options.Headers = "key").Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.QueueSize = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Timeout = TimeSpan.Zero);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Protocol = (OtlpExportProtocol)9);
    }

    [Fact]
    public void Password_of_an_address_is_not_in_what_is_logged() => Assert.Equal("https://host:1/otlp/v1/logs", Resolve("LlmTelemetry:Otlp:Endpoint=https://joe:SECRET@host:1/otlp").Place);

    private static OtlpSettings Resolve(string settings)
    {
        var options = Read(settings);
        return options.Otel.Resolve(options);
    }

    // Pairs as an environment would have them, with a blank between.
    private static UsageEventOtlpOptions Read(string settings) => EnvironmentSettings.ReadOtlp(new ConfigurationBuilder().AddInMemoryCollection(
        settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => KeyValuePair.Create(pair[..pair.IndexOf('=', StringComparison.Ordinal)], (string?)pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]))).Build());
}

